// SPDX-License-Identifier: MIT
#include "catalog/vsphere/soap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "samples.h"

using namespace rimfs;
using namespace rimfs::catalog;
using namespace rimfs::catalog::vsphere;

namespace {

constexpr const char* kModels[] = {"vpx", "esx"};

Document reply(const std::string& model, const std::string& name) {
  return Document(sample(model + "-" + name + ".reply"));
}

ServiceContent service_of(const std::string& model) {
  return read_service_content(reply(model, "RetrieveServiceContent"));
}

std::string recorded(const std::string& model, const std::string& name) {
  return meaning(Document(sample(model + "-" + name + ".request")).root());
}

std::string meant(const std::string& body) { return meaning(Document(envelope(body)).root()); }

/// What the recorded request is about: its first element of this name.
Reference object_of(const std::string& model, const std::string& name, const char* element) {
  const Document request(sample(model + "-" + name + ".request"));
  const Element found = request.root().find(element);
  return {found.type(false), found.text()};
}

std::vector<std::string> all_replies() {
  std::vector<std::string> names;
  for (const std::string model : kModels) {
    for (const char* name :
         {"RetrieveServiceContent", "Login", "Login-InvalidLogin", "CreateContainerView", "RetrievePropertiesEx",
          "RetrievePropertiesEx-paged", "ContinueRetrievePropertiesEx-paged", "DestroyView", "SearchDatastore_Task",
          "TaskInfo", "TaskInfo-missing", "CurrentTime", "CurrentTime-NotAuthenticated", "Logout"}) {
      names.push_back(sample(model + "-" + name + ".reply"));
    }
  }
  return names;
}

void read_as_everything(const Document& document) {
  read_fault(document);
  read_service_content(document);
  read_reference(document);
  read_task(document);
  read_token(document);
  read_session(document);
}

/// The reply as one of a retrieval and of a search, whatever it is.
void read_records(const std::string& text) {
  Objects objects;
  read_as_everything(Document(one_piece(text), object_records(objects)));
  read_as_everything(Document(one_piece(text), file_records([](const FoundFile&) {})));
}

}  // namespace

TEST_CASE("every request means what the recorded one means") {
  for (const std::string model : kModels) {
    CAPTURE(model);
    const ServiceContent service = service_of(model);
    CHECK(meant(retrieve_service_content()) == recorded(model, "RetrieveServiceContent"));
    const Document said(sample(model + "-Login.request"));
    const Secret password(said.root().find("password").text());
    CHECK(password.reveal() == "secret <&> \xc3\xb6");
    CHECK(meant(login(service, said.root().find("userName").text(), password).reveal()) == recorded(model, "Login"));
    CHECK(meant(continue_retrieval(service, object_of(model, "ContinueRetrievePropertiesEx", "token").value)) ==
          recorded(model, "ContinueRetrievePropertiesEx"));
    CHECK(meant(create_machine_view(service)) == recorded(model, "CreateMachineView"));
    CHECK(meant(destroy_view(object_of(model, "DestroyView", "_this"))) == recorded(model, "DestroyView"));
    CHECK(meant(retrieve_task(service, object_of(model, "TaskInfo", "obj"))) == recorded(model, "TaskInfo"));
    CHECK(meant(current_time()) == recorded(model, "CurrentTime"));
    CHECK(meant(logout(service)) == recorded(model, "Logout"));
  }
}

TEST_CASE("a search asks for folders, for files of any type, and for every detail, in the order of the schema") {
  const Document request(envelope(search_datastore({"HostDatastoreBrowser", "b-1"}, "[Data store+1] vm 1+2")));
  const Element spec = request.root().find("searchSpec");
  std::vector<std::string> order;
  for (const Element& child : spec.children()) order.push_back(child.name() + child.type(true));
  CHECK(order == std::vector<std::string>{"queryFolderFileQuery", "queryFileQuery", "details", "matchPattern"});
  std::vector<std::string> details;
  for (const Element& child : spec.child("details").children()) details.push_back(child.name() + "=" + child.text());
  CHECK(details == std::vector<std::string>{"fileType=true", "fileSize=true", "modification=true", "fileOwner=true"});
  CHECK(request.root().find("datastorePath").text() == "[Data store+1] vm 1+2");
}

TEST_CASE("the inventory asks for datacenters, datastores and their clusters only") {
  const ServiceContent service = service_of("vpx");
  const Document view(envelope(create_inventory_view(service)));
  std::vector<std::string> types;
  for (const Element& type : view.root().find("CreateContainerView").children("type")) types.push_back(type.text());
  CHECK(types == std::vector<std::string>{"Datacenter", "Datastore", "StoragePod"});
  const Document retrieval(envelope(retrieve_inventory(service, {"ContainerView", "v"})));
  CHECK(retrieval.root().find("specSet").children("propSet").size() == 3);
  const Document folders(envelope(retrieve_folders(service, {"group-1", "group-2"})));
  const auto objects = folders.root().find("specSet").children("objectSet");
  REQUIRE(objects.size() == 2);
  CHECK(objects[1].child("obj").text() == "group-2");
  CHECK(objects[1].child("obj").type(false) == "Folder");
}

TEST_CASE("names with what XML reserves stay the same in requests") {
  const std::string odd = "[a&b] <c> \"d\"";
  const Document request(envelope(search_datastore({"Host\"DatastoreBrowser", "<&>"}, odd)));
  CHECK(request.root().find("datastorePath").text() == odd);
  CHECK(request.root().find("_this").text() == "<&>");
  CHECK(request.root().find("_this").type(false) == "Host\"DatastoreBrowser");
}

TEST_CASE("the service content names the server and its objects") {
  const ServiceContent vcenter = service_of("vpx");
  CHECK(vcenter.vcenter);
  CHECK(vcenter.full_name == "VMware vCenter Server 6.5.0 build-5973321");
  CHECK(vcenter.root_folder.value == "group-d1");
  CHECK(vcenter.root_folder.type == "Folder");
  CHECK(vcenter.session_manager.value == "SessionManager");
  const ServiceContent esxi = service_of("esx");
  CHECK_FALSE(esxi.vcenter);
  CHECK(esxi.root_folder.value == "ha-folder-root");
  CHECK(esxi.property_collector.value == "ha-property-collector");
}

TEST_CASE("a fault is told by its type, and a success is none") {
  for (const std::string model : kModels) {
    const auto wrong = read_fault(reply(model, "Login-InvalidLogin"));
    REQUIRE(wrong);
    CHECK(wrong->type == "InvalidLogin");
    CHECK(wrong->sentence == "Login failure");
    const auto expired = read_fault(reply(model, "CurrentTime-NotAuthenticated"));
    REQUIRE(expired);
    CHECK(expired->type == "NotAuthenticated");
    for (const char* name : {"Login", "RetrieveServiceContent", "TaskInfo", "TaskInfo-missing", "Logout"}) {
      CHECK_FALSE(read_fault(reply(model, name)));
    }
  }
}

TEST_CASE("a fault without a type has that of its element, or none") {
  const auto fault_of = [](const std::string& detail) {
    return read_fault(Document("<e:Envelope xmlns:e=\"urn:e\"><e:Body><e:Fault><faultstring>No</faultstring>" + detail +
                               "</e:Fault></e:Body></e:Envelope>"));
  };
  CHECK(fault_of("<detail><InvalidLoginFault xmlns=\"urn:vim25\"/></detail>")->type == "InvalidLogin");
  CHECK(fault_of("<detail><Fault/></detail>")->type == "Fault");
  CHECK(fault_of("<detail/>")->type.empty());
  CHECK(fault_of("")->sentence == "No");
}

TEST_CASE("a search that succeeded gives names, kinds, sizes and times") {
  for (const std::string model : kModels) {
    std::vector<FoundFile> files;
    const Records records = file_records([&files](FoundFile file) { files.push_back(std::move(file)); });
    const std::string text = sample(model + "-TaskInfo.reply");
    CHECK(read_task(Document(one_piece(text), records)).progress == TaskState::Progress::success);
    struct Row {
      const char* path;
      bool folder;
      bool typed;
      std::optional<ByteCount> size;
    };
    const Row rows[] = {
        {"100%41 [x] \xc3\xa4&<b>.iso", false, true, ByteCount{17}},
        {"disk-flat.vmdk", false, true, ByteCount{4096}},
        {"disk.vmdk", false, true, ByteCount{300}},
        {"empty", false, false, std::nullopt},
        {"sub", true, true, ByteCount{4096}},
    };
    REQUIRE(files.size() == std::size(rows));
    for (std::size_t i = 0; i < std::size(rows); ++i) {
      const FoundFile& file = files[i];
      CHECK(file.path == rows[i].path);
      CHECK(file.folder == rows[i].folder);
      CHECK(file.typed == rows[i].typed);
      CHECK(file.size == rows[i].size);
      REQUIRE(file.modified);
      const std::time_t when = *file.modified;
      CHECK(std::gmtime(&when)->tm_year == 126);
      CHECK(std::gmtime(&when)->tm_min == 16);
    }
  }
}

TEST_CASE("a search that failed says why, and one under way that it is") {
  for (const std::string model : kModels) {
    const TaskState task = read_task(reply(model, "TaskInfo-missing"));
    CHECK(task.progress == TaskState::Progress::error);
    CHECK(task.fault.type == "FileNotFound");
    for (const char* state : {"queued", "running", "", "something new"}) {
      std::string text = sample(model + "-TaskInfo.reply");
      const std::string success = "<state>success</state>";
      text.replace(text.find(success), success.size(), fmt::format("<state>{}</state>", state));
      CHECK(read_task(Document(text)).progress == TaskState::Progress::running);
    }
  }
}

TEST_CASE("a folder of vSAN has a name for people beside the one for requests") {
  std::vector<FoundFile> files;
  const Records records = file_records([&files](FoundFile file) { files.push_back(std::move(file)); });
  const std::string text =
      "<e:Envelope xmlns:e=\"urn:e\" xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\"><e:Body><file "
      "x:type=\"FolderFileInfo\"><path>5f0c1a2b</path><friendlyName>web01</friendlyName></file></e:Body></e:Envelope>";
  read_task(Document(one_piece(text), records));
  REQUIRE(files.size() == 1);
  CHECK(files[0].path == "5f0c1a2b");
  CHECK(files[0].friendly_name == "web01");
  CHECK_FALSE(files[0].size);
}

TEST_CASE("only the answer to a login that succeeded is one") {
  for (const std::string model : kModels) {
    CHECK(is_login_response(reply(model, "Login")));
    CHECK_FALSE(is_login_response(reply(model, "Login-InvalidLogin")));
    CHECK_FALSE(is_login_response(reply(model, "RetrieveServiceContent")));
  }
}

TEST_CASE("a reply cut short anywhere is an error, and one with bytes spoilt is an error or read") {
  for (const std::string& whole : all_replies()) {
    for (std::size_t size = 0; size + 2 < whole.size(); size += 1 + whole.size() / 97) {
      CHECK_THROWS_AS(read_as_everything(Document(whole.substr(0, size))), Error);
    }
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 97) {
      for (const char spoilt : {'<', '&', '\0', '\xff'}) {
        std::string text = whole;
        text[at] = spoilt;
        try {
          read_records(text);
        } catch (const Error& error) {
          CHECK(error.kind() == ErrorKind::corrupt);
        }
      }
    }
  }
}

TEST_CASE("a session manager without a current session tells that there is none") {
  const std::string before = "<Envelope><Body><R><returnval><objects><obj type=\"SessionManager\">s</obj>";
  const std::string after = "</objects></returnval></R></Body></Envelope>";
  const std::string session = "<propSet><name>currentSession</name><val><key>k</key></val></propSet>";
  CHECK(read_session(Document(before + session + after)));
  CHECK_FALSE(read_session(Document(before + after)));
  CHECK_FALSE(read_session(Document(before + "<propSet><name>currentSession</name><val/></propSet>" + after)));
}

TEST_CASE("the files of a fault are no files of a search") {
  int files = 0;
  const std::string text =
      "<r><val><state>error</state><error><fault type=\"FileFault\"><file>[ds] a</file></fault></error></val></r>";
  const Document reply(one_piece(text), file_records([&files](const FoundFile&) { ++files; }));
  CHECK(read_task(reply).progress == TaskState::Progress::error);
  CHECK(files == 0);
}

TEST_CASE("an answer that is no SOAP has nothing in it") {
  const Document page("<html><body><returnval/><p>Welcome</p></body></html>");
  read_as_everything(page);
  CHECK(read_service_content(page).session_manager.value.empty());
  CHECK_FALSE(read_fault(page));
}
