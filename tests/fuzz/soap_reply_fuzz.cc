// SPDX-License-Identifier: MIT
// Any bytes as a vSphere server's reply, read as every reply that rimfs knows. Checks that what is kept is bounded, and
// that no text of the server breaks out of the next request.
#include <map>

#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/soap.h"
#include "fuzz.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::catalog::vsphere;

/// A request that holds the server's own words is one well-formed document of as many elements as without them.
void check_request(const std::string& body) {
  const Document request(envelope(body));
  require(request.root().child("Body").children().size() == 1);
}

/// The text as a server may have sent it: no control character can stand in XML, and libxml2 lets none through.
void check_inventory(const Document& reply, std::size_t size) {
  Properties properties;
  std::map<std::string, std::string> kinds;
  const std::string token = read_objects(reply, properties, kinds);
  require(token.size() <= size);
  check_request(continue_retrieval(read_service_content(reply), token));
  const Inventory inventory(properties, kinds);
  require(inventory.datacenters().size() <= kinds.size());
  for (const std::string& name : inventory.names_below({})) {
    accepted(ErrorKind::missing, [&] { return inventory.find({name}); });
  }
}

void check_task(const Document& reply, std::size_t size) {
  const TaskState task = read_task(reply);
  require(task.files.size() <= size);
  for (const FoundFile& file : task.files) require(file.path.size() <= size);
  require(task.progress == TaskState::Progress::success || task.files.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string xml(reinterpret_cast<const char*>(data), size);
  const auto reply = accepted(ErrorKind::corrupt, [&] { return Document(xml); });
  if (!reply) return 0;
  if (const auto fault = read_fault(*reply)) require(fault->type.size() + fault->sentence.size() <= 2 * size);
  const Reference reference = read_reference(*reply);
  check_request(destroy_view(reference));
  check_request(search_datastore(reference, reference.value));
  check_inventory(*reply, size);
  check_task(*reply, size);
  return 0;
}
