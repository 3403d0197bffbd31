// SPDX-License-Identifier: MIT
#include "catalog/vsphere/soap.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>

namespace rimfs::catalog::vsphere {
namespace {

std::string element(std::string_view name, const Reference& reference) {
  return fmt::format("<{0} type=\"{1}\">{2}</{0}>", name, xml_escape(reference.type), xml_escape(reference.value));
}

std::string call(std::string_view name, const Reference& object, std::string_view arguments = {}) {
  return fmt::format("<{0} xmlns=\"urn:vim25\">{1}{2}</{0}>", name, element("_this", object), arguments);
}

const Reference kServiceInstance{"ServiceInstance", "ServiceInstance"};

Reference reference_of(const Element& element) { return {element.type(false), element.text()}; }

std::optional<std::uint64_t> number_of(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "2026-11-21T11:16:36.148Z"; servers write UTC.
std::optional<std::int64_t> time_of(const std::string& text) {
  std::tm time{};
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time) == nullptr) return std::nullopt;
  return timegm(&time);
}

Value value_of(const Element& element) {
  const std::vector<Element> children = element.children();
  if (children.empty()) return {element.type(false), element.text(), {}};
  Value value;
  value.items.reserve(children.size());
  for (const Element& child : children) value.items.push_back(child.text());
  return value;
}

FoundFile found_file(const Element& file) {
  FoundFile found;
  const std::string type = file.type(true);
  found.path = file.child("path").text();
  found.friendly_name = file.child("friendlyName").text();
  found.folder = type == "FolderFileInfo";
  found.typed = !type.empty() && type != "FileInfo";
  if (const auto size = number_of(file.child("fileSize").text())) found.size = ByteCount{*size};
  found.modified = time_of(file.child("modification").text());
  return found;
}

}  // namespace

std::string retrieve_service_content() { return call("RetrieveServiceContent", kServiceInstance); }

Secret login(const ServiceContent& service, const std::string& user, const Secret& password) {
  return Secret(call(
      "Login", service.session_manager,
      fmt::format("<userName>{}</userName><password>{}</password>", xml_escape(user), xml_escape(password.reveal()))));
}

std::string logout(const ServiceContent& service) { return call("Logout", service.session_manager); }

std::string current_time() { return call("CurrentTime", kServiceInstance); }

std::string retrieve_current_session(const ServiceContent& service) {
  return call("RetrievePropertiesEx", service.property_collector,
              "<specSet><propSet><type>SessionManager</type><pathSet>currentSession</pathSet></propSet><objectSet>" +
                  element("obj", service.session_manager) + "</objectSet></specSet><options/>");
}

std::string create_inventory_view(const ServiceContent& service) {
  return call("CreateContainerView", service.view_manager,
              element("container", service.root_folder) +
                  "<type>Datacenter</type><type>Datastore</type><type>StoragePod</type><recursive>true</recursive>");
}

std::string destroy_view(const Reference& view) { return call("DestroyView", view); }

std::string retrieve_inventory(const ServiceContent& service, const Reference& view) {
  return call(
      "RetrievePropertiesEx", service.property_collector,
      "<specSet><propSet><type>Datacenter</type><pathSet>name</pathSet><pathSet>parent</pathSet>"
      "<pathSet>datastore</pathSet></propSet>"
      "<propSet><type>Datastore</type><pathSet>name</pathSet><pathSet>parent</pathSet><pathSet>browser</pathSet>"
      "<pathSet>summary.url</pathSet><pathSet>summary.type</pathSet><pathSet>summary.accessible</pathSet>"
      "<pathSet>summary.maintenanceMode</pathSet></propSet>"
      "<propSet><type>StoragePod</type><pathSet>name</pathSet><pathSet>parent</pathSet></propSet><objectSet>" +
          element("obj", view) +
          "<skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><name>view</name><type>ContainerView</type>"
          "<path>view</path><skip>false</skip></selectSet></objectSet></specSet><options/>");
}

std::string retrieve_folders(const ServiceContent& service, const std::vector<std::string>& folders) {
  std::string objects;
  for (const std::string& folder : folders) {
    objects += "<objectSet>" + element("obj", {"Folder", folder}) + "</objectSet>";
  }
  return call("RetrievePropertiesEx", service.property_collector,
              "<specSet><propSet><type>Folder</type><pathSet>name</pathSet><pathSet>parent</pathSet></propSet>" +
                  objects + "</specSet><options/>");
}

std::string create_machine_view(const ServiceContent& service) {
  return call("CreateContainerView", service.view_manager,
              element("container", service.root_folder) + "<type>VirtualMachine</type><recursive>true</recursive>");
}

std::string retrieve_machines(const ServiceContent& service, const Reference& view,
                              const std::vector<std::string_view>& properties) {
  std::string paths;
  for (const std::string_view property : properties) paths += fmt::format("<pathSet>{}</pathSet>", property);
  return call("RetrievePropertiesEx", service.property_collector,
              "<specSet><propSet><type>VirtualMachine</type>" + paths + "</propSet><objectSet>" + element("obj", view) +
                  "<skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><name>view</name><type>ContainerView</type>"
                  "<path>view</path><skip>false</skip></selectSet></objectSet></specSet><options/>");
}

std::string continue_retrieval(const ServiceContent& service, const std::string& token) {
  return call("ContinueRetrievePropertiesEx", service.property_collector,
              fmt::format("<token>{}</token>", xml_escape(token)));
}

std::string cancel_retrieval(const ServiceContent& service, const std::string& token) {
  return call("CancelRetrievePropertiesEx", service.property_collector,
              fmt::format("<token>{}</token>", xml_escape(token)));
}

std::string search_datastore(const Reference& browser, const std::string& datastore_path, Queries queries) {
  const std::string_view types =
      queries == Queries::none ? "" : "<query xsi:type=\"FolderFileQuery\"/><query xsi:type=\"FileQuery\"/>";
  // Without a pattern it finds nothing.
  return call("SearchDatastore_Task", browser,
              fmt::format("<datastorePath>{}</datastorePath><searchSpec>{}<details><fileType>true</fileType>"
                          "<fileSize>true</fileSize><modification>true</modification><fileOwner>true</fileOwner>"
                          "</details><matchPattern>*</matchPattern></searchSpec>",
                          xml_escape(datastore_path), types));
}

std::string retrieve_task(const ServiceContent& service, const Reference& task) {
  return call("RetrievePropertiesEx", service.property_collector,
              "<specSet><propSet><type>Task</type><pathSet>info</pathSet></propSet><objectSet>" + element("obj", task) +
                  "</objectSet></specSet><options/>");
}

std::string cancel_task(const Reference& task) { return call("CancelTask", task); }

std::string envelope(const std::string& body) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>" +
         body + "</soapenv:Body></soapenv:Envelope>\n";
}

std::optional<Fault> read_fault(const Document& reply) {
  const Element fault = reply.root().child("Body").child("Fault");
  if (!fault) return std::nullopt;
  Fault read{{}, fault.child("faultstring").text()};
  for (const Element& detail : fault.child("detail").children()) {
    read.type = detail.type(true);
    if (read.type.empty()) read.type = detail.name();
  }
  if (read.type.ends_with("Fault") && read.type.size() > 5) read.type.resize(read.type.size() - 5);
  return read;
}

ServiceContent read_service_content(const Document& reply) {
  const Element content = reply.root().find("returnval");
  const Element about = content.child("about");
  return {about.child("apiType").text() == "VirtualCenter", about.child("fullName").text(),
          reference_of(content.child("rootFolder")),        reference_of(content.child("propertyCollector")),
          reference_of(content.child("viewManager")),       reference_of(content.child("sessionManager"))};
}

Reference read_reference(const Document& reply) { return reference_of(reply.root().find("returnval")); }

bool is_login_response(const Document& reply) {
  return static_cast<bool>(reply.root().child("Body").child("LoginResponse"));
}

bool read_session(const Document& reply) {
  const Element session = reply.root().find("propSet").child("val");
  return static_cast<bool>(session) && !session.children().empty();
}

Records object_records(Objects& objects) {
  return {
      "objects", [&objects](const Element& object) {
        const Element reference = object.child("obj");
        const std::string name = reference.text();
        objects.kinds[name] = reference.type(false);
        for (const Element& pair : object.children("propSet")) {
          const bool is_new =
              objects.properties[name].insert_or_assign(pair.child("name").text(), value_of(pair.child("val"))).second;
          if (is_new) ++objects.values;
        }
      }};
}

std::string read_token(const Document& reply) { return reply.root().find("returnval").child("token").text(); }

Records file_records(std::function<void(FoundFile)> take) {
  return {"file", [take = std::move(take)](const Element& file) {
            FoundFile found = found_file(file);
            if (!found.path.empty()) take(std::move(found));
          }};
}

TaskState read_task(const Document& reply) {
  const Element info = reply.root().find("val");
  const std::string state = info.child("state").text();
  TaskState task;
  if (state == "success") {
    task.progress = TaskState::Progress::success;
  } else if (state == "error") {
    task.progress = TaskState::Progress::error;
    const Element error = info.child("error");
    task.fault = {error.child("fault").type(true), error.child("localizedMessage").text()};
  }
  return task;
}

}  // namespace rimfs::catalog::vsphere
