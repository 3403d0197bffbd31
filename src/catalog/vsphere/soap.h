// SPDX-License-Identifier: MIT
// The few calls of the vSphere Web Services API (version 6.0 and later) that a datastore needs: requests as text,
// replies as values. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/units.h"
#include "catalog/xml.h"

namespace rimfs::catalog::vsphere {

/// A reference to an object of the server: opaque, given back as it came.
struct Reference {
  std::string type;
  std::string value;
};

/// The server's own objects, whose names differ between vCenter and ESXi.
struct ServiceContent {
  bool vcenter = false;  ///< Otherwise ESXi.
  std::string full_name;
  Reference root_folder;
  Reference property_collector;
  Reference view_manager;
  Reference session_manager;
};

/// A SOAP fault: its type ("InvalidLogin", "NotAuthenticated") and the server's sentence.
struct Fault {
  std::string type;
  std::string sentence;
};

/// The value of a property, as far as it matters here. A plain value.
struct Value {
  std::string type;                ///< Of a reference: of the object it refers to.
  std::string text;                ///< Of a plain value or a reference.
  std::vector<std::string> items;  ///< Of a list: the text of each element.
};

/// The properties of objects: object -> property -> value.
using Properties = std::map<std::string, std::map<std::string, Value>>;

/// What a retrieval told so far: the properties, and each object's type.
struct Objects {
  Properties properties;
  std::map<std::string, std::string> kinds;
  std::size_t values = 0;  ///< How many there are of all properties.
};

/// One file or folder that the datastore browser found. Whatever the server leaves out is nothing: unknown, not zero.
struct FoundFile {
  std::string path;           ///< The name in requests.
  std::string friendly_name;  ///< Of a folder on vSAN: the name that people know; otherwise empty.
  bool folder = false;        ///< The server says that it is one.
  bool typed = false;         ///< The server says more than "a file": some servers call folders so.
  std::optional<ByteCount> size;
  std::optional<std::int64_t> modified;
};

/// How far a task of the server is.
struct TaskState {
  enum class Progress { running, success, error } progress = Progress::running;
  Fault fault;  ///< Of an error.
};

// Requests: the content of a SOAP body.
std::string retrieve_service_content();
Secret login(const ServiceContent& service, const std::string& user, const Secret& password);
std::string logout(const ServiceContent& service);
std::string current_time();
/// Asks for the session of whoever asks: a server answers NotAuthenticated, or tells no session, when it is over.
/// SessionIsActive is vCenter's only, and needs a privilege.
std::string retrieve_current_session(const ServiceContent& service);
/// A view of all datacenters, datastores and datastore clusters.
std::string create_inventory_view(const ServiceContent& service);
std::string destroy_view(const Reference& view);
std::string retrieve_inventory(const ServiceContent& service, const Reference& view);
/// The names and parents of these folders.
std::string retrieve_folders(const ServiceContent& service, const std::vector<std::string>& folders);
/// A view of all virtual machines.
std::string create_machine_view(const ServiceContent& service);
/// These properties of all machines of the view (machine_facts.h).
std::string retrieve_machines(const ServiceContent& service, const Reference& view,
                              const std::vector<std::string_view>& properties);
std::string continue_retrieval(const ServiceContent& service, const std::string& token);
/// Gives a token back that is not asked for.
std::string cancel_retrieval(const ServiceContent& service, const std::string& token);
/// What a search asks for. Without a query some servers list what they leave out otherwise, and call folders files.
enum class Queries { folders_and_files, none };

/// A search of one folder. It asks for folders, and for files of any type: without a query servers call folders plain
/// files (govmomi's simulator, and reports), and with one of another type they leave files out. All details are asked
/// for, because the schema requires each.
std::string search_datastore(const Reference& browser, const std::string& datastore_path,
                             Queries queries = Queries::folders_and_files);
std::string retrieve_task(const ServiceContent& service, const Reference& task);
std::string cancel_task(const Reference& task);
/// A body in its envelope.
std::string envelope(const std::string& body);

// Replies.
std::optional<Fault> read_fault(const Document& reply);
ServiceContent read_service_content(const Document& reply);
/// The reference that a call returned.
Reference read_reference(const Document& reply);
/// True when the reply is the one to a login that succeeded.
bool is_login_response(const Document& reply);
/// True when the reply to retrieve_current_session() tells one.
bool read_session(const Document& reply);

/// For each object of a retrieval's part: adds it. `objects` outlives the records.
Records object_records(Objects& objects);
/// The token of the next part, empty at the end.
std::string read_token(const Document& reply);

/// For each file of a search's result: calls `take`. In the reply to retrieve_task().
Records file_records(std::function<void(FoundFile)> take);
TaskState read_task(const Document& reply);

}  // namespace rimfs::catalog::vsphere
