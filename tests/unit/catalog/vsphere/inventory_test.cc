// SPDX-License-Identifier: MIT
#include "catalog/vsphere/inventory.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "samples.h"

using namespace rimfs;
using namespace rimfs::catalog::vsphere;

namespace {

using Path = std::vector<std::string>;

/// The inventory that these replies, one part after the other, tell of.
class Told {
 public:
  void hear(const std::string& text) {
    const Records records = object_records(objects_);
    token = read_token(Document(one_piece(text), records));
  }
  Inventory inventory() const { return Inventory(objects_); }

  std::string token;

 private:
  Objects objects_;
};

Inventory recorded(const std::string& model) {
  Told told;
  told.hear(sample(model + "-RetrievePropertiesEx.reply"));
  CHECK(told.token.empty());
  return told.inventory();
}

std::string object(const std::string& type, const std::string& id, const std::string& name, const std::string& parent,
                   const std::string& rest = "") {
  return fmt::format(
      "<objects><obj type=\"{}\">{}</obj><propSet><name>name</name><val>{}</val></propSet>"
      "<propSet><name>parent</name><val type=\"Folder\">{}</val></propSet>{}</objects>",
      type, id, name, parent, rest);
}

Inventory told_of(const std::string& objects) {
  Told told;
  told.hear("<Envelope><Body><Response><returnval>" + objects + "</returnval></Response></Body></Envelope>");
  return told.inventory();
}

std::string refusal(const Inventory& inventory, const Path& path) {
  try {
    inventory.find(path);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::missing);
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("names that many datacenters share are copied within a limit") {
  std::string objects = object("Folder", "group-1", std::string(1 << 20, 'n'), "none");
  for (int i = 0; i < 100; ++i) objects += object("Datacenter", fmt::format("datacenter-{}", i), "dc", "group-1");
  CHECK_THROWS_WITH_AS(told_of(objects), doctest::Contains("64 MiB"), Error);
}

TEST_CASE("a vCenter's datacenters, nested and empty ones too, with their datastores") {
  const Inventory inventory = recorded("vpx");
  CHECK(inventory.names_below({}) == Path{"B\xc3\xbcro 2", "DC0", "F0"});
  CHECK(inventory.names_below({"F0"}) == Path{"DC1"});
  CHECK(inventory.names_below({"DC0"}) == Path{"Data store+1", "LocalDS_0"});
  CHECK(inventory.names_below({"B\xc3\xbcro 2"}).empty());
  const Place deep = inventory.find({"F0", "DC1", "LocalDS_0", "vm", "disk.vmdk"});
  REQUIRE(deep.datacenter);
  REQUIRE(deep.datastore);
  CHECK(deep.datacenter->dc_path == "F0/DC1");
  CHECK(deep.datastore->name == "LocalDS_0");
  CHECK(deep.datastore->browser.value == "hostdatastorebrowser-40");
  CHECK(deep.datastore->browser.type == "HostDatastoreBrowser");
  CHECK(deep.path == Path{"vm", "disk.vmdk"});
  CHECK(inventory.find({"DC0", "LocalDS_0"}).datastore->browser.value == "hostdatastorebrowser-39");
}

TEST_CASE("an ESXi server's one datacenter, without the datastore that does not exist") {
  const Inventory inventory = recorded("esx");
  CHECK(inventory.names_below({}) == Path{"ha-datacenter"});
  CHECK(inventory.names_below({"ha-datacenter"}) == Path{"Data store+1", "LocalDS_0"});
  CHECK(inventory.find({"ha-datacenter", "Data store+1", "a"}).path == Path{"a"});
}

TEST_CASE("places above the datastores have none") {
  const Inventory inventory = recorded("vpx");
  CHECK_FALSE(inventory.find({}).datacenter);
  CHECK_FALSE(inventory.find({"F0"}).datacenter);
  CHECK(inventory.find({"F0", "DC1"}).datacenter);
  CHECK_FALSE(inventory.find({"F0", "DC1"}).datastore);
}

TEST_CASE("a path that leads nowhere is told with what there is") {
  const Inventory inventory = recorded("vpx");
  CHECK(refusal(inventory, {"DC9"}) == "there is no 'DC9' among the datacenters; there are: B\xc3\xbcro 2, DC0, F0");
  CHECK(refusal(inventory, {"F0", "x", "y"}) == "there is no 'x' in F0; there is: DC1");
  CHECK(refusal(inventory, {"DC0", "x", "y"}) == "there is no 'x' in DC0; there are: Data store+1, LocalDS_0");
  CHECK(refusal(inventory, {"B\xc3\xbcro 2", "x"}).find("nothing that this user may see") != std::string::npos);
  CHECK_FALSE(refusal(told_of(""), {"DC0"}).empty());
}

TEST_CASE("parts of a retrieval add up") {
  for (const std::string model : {"vpx", "esx"}) {
    Told told;
    told.hear(sample(model + "-RetrievePropertiesEx-paged.reply"));
    CHECK_FALSE(told.token.empty());
    CHECK(told.inventory().datacenters().size() == 1);
    told.hear(sample(model + "-ContinueRetrievePropertiesEx-paged.reply"));
    CHECK(told.token.empty());
    CHECK(told.inventory().datacenters().size() == 1);
  }
}

TEST_CASE("a server's escapes in a datacenter's name are undone for people only") {
  const Inventory inventory = told_of(object("Folder", "f", "a%2fb", "root") + object("Datacenter", "d", "50%25", "f"));
  REQUIRE(inventory.datacenters().size() == 1);
  CHECK(inventory.datacenters().front().path == Path{"a/b", "50%"});
  CHECK(inventory.datacenters().front().dc_path == "a%2fb/50%25");
}

TEST_CASE("a datacenter whose folders are hidden from the user is at the top") {
  CHECK(told_of(object("Datacenter", "d", "DC", "hidden")).names_below({}) == Path{"DC"});
}

TEST_CASE("folders that are in one another end") {
  const Inventory inventory =
      told_of(object("Folder", "f", "a", "g") + object("Folder", "g", "b", "f") + object("Datacenter", "d", "DC", "f"));
  REQUIRE(inventory.datacenters().size() == 1);
  CHECK(inventory.datacenters().front().path.back() == "DC");
}

TEST_CASE("objects without the properties asked for do no harm") {
  const Inventory inventory = told_of(
      "<objects><obj type=\"Datacenter\">d</obj></objects><objects/><objects><obj "
      "type=\"Datastore\">s</obj></objects>" +
      object("Datacenter", "e", "E", "root",
             "<propSet><name>datastore</name><val><ManagedObjectReference>s</ManagedObjectReference>"
             "<ManagedObjectReference/></val></propSet>"));
  CHECK(inventory.names_below({}) == Path{"E"});
  CHECK(inventory.names_below({"E"}).empty());
}

TEST_CASE("a datacenter without a name does no harm") {
  const Inventory inventory = told_of(object("Datacenter", "d", "", "root"));
  CHECK(inventory.names_below({}).size() <= 1);
}
