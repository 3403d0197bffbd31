// SPDX-License-Identifier: MIT
#include "catalog/vsphere/inventory.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "samples.h"

using namespace rimfs;
using namespace rimfs::catalog;
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

/// The names that a listing shows.
Path listed_below(const Inventory& inventory, const Path& path) {
  Path names;
  for (const Inventory::Name& name : inventory.names_below(path)) {
    if (name.listed) names.push_back(name.name);
  }
  return names;
}

/// The names that are only found.
Path hidden_below(const Inventory& inventory, const Path& path) {
  Path names;
  for (const Inventory::Name& name : inventory.names_below(path)) {
    if (!name.listed) names.push_back(name.name);
  }
  return names;
}

std::string store(const std::string& id, const std::string& name, const std::string& parent = "group-s1",
                  const std::string& kind = "Folder", const std::string& url = "") {
  std::string text = fmt::format(
      "<objects><obj type=\"Datastore\">{}</obj><propSet><name>name</name><val>{}</val></propSet><propSet>"
      "<name>browser</name><val type=\"HostDatastoreBrowser\">b-{}</val></propSet><propSet><name>parent</name>"
      "<val type=\"{}\">{}</val></propSet>",
      id, name, id, kind, parent);
  if (!url.empty()) text += "<propSet><name>summary.url</name><val>" + url + "</val></propSet>";
  return text + "</objects>";
}

std::string datacenter(const std::string& id, const std::string& name, const std::vector<std::string>& stores) {
  std::string list;
  for (const std::string& one : stores) list += "<ManagedObjectReference>" + one + "</ManagedObjectReference>";
  return object("Datacenter", id, name, "root", "<propSet><name>datastore</name><val>" + list + "</val></propSet>");
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
  CHECK(listed_below(inventory, {}) == Path{"B\xc3\xbcro 2", "DC0", "F0"});
  CHECK(listed_below(inventory, {"F0"}) == Path{"DC1"});
  CHECK(listed_below(inventory, {"DC0"}) == Path{"Data store+1", "LocalDS_0"});
  CHECK(listed_below(inventory, {"B\xc3\xbcro 2"}).empty());
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
  CHECK(listed_below(inventory, {}) == Path{"ha-datacenter"});
  CHECK(listed_below(inventory, {"ha-datacenter"}) == Path{"Data store+1", "LocalDS_0"});
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
  CHECK(listed_below(told_of(object("Datacenter", "d", "DC", "hidden")), {}) == Path{"DC"});
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
  CHECK(listed_below(inventory, {}) == Path{"E"});
  CHECK(listed_below(inventory, {"E"}).empty());
}

TEST_CASE("a datacenter without a name does no harm") {
  const Inventory inventory = told_of(object("Datacenter", "d", "", "root"));
  CHECK(listed_below(inventory, {}).size() <= 1);
}

TEST_CASE("a datastore is found below vmfs/volumes by its volume and by its name, which the root does not list") {
  const Inventory inventory =
      told_of(datacenter("d", "DC", {"s1", "s2"}) +
              store("s1", "one", "group-s1", "Folder", "ds:///vmfs/volumes/5f0c1a2b-3c4d5e6f-7a8b-0123456789ab/") +
              store("s2", "two", "group-s1", "Folder", "/vmfs/volumes/deadbeef-cafe0123"));
  CHECK(listed_below(inventory, {}) == Path{"DC"});
  CHECK(hidden_below(inventory, {}) == Path{"vmfs"});
  CHECK(listed_below(inventory, {"vmfs"}) == Path{"volumes"});
  CHECK(listed_below(inventory, {"vmfs", "volumes"}) ==
        Path{"5f0c1a2b-3c4d5e6f-7a8b-0123456789ab", "deadbeef-cafe0123", "one", "two"});
  const Place by_volume = inventory.find({"vmfs", "volumes", "deadbeef-cafe0123", "web01", "a.vmdk"});
  REQUIRE(by_volume.datastore);
  CHECK(by_volume.datastore->name == "two");
  CHECK(by_volume.path == Path{"web01", "a.vmdk"});
  CHECK(inventory.find({"vmfs", "volumes", "one"}).datastore->name == "one");
  CHECK_FALSE(inventory.find({"vmfs", "volumes"}).datastore);
  CHECK_FALSE(refusal(inventory, {"vmfs", "volumes", "three"}).empty());
  CHECK_FALSE(refusal(inventory, {"vmfs", "other"}).empty());
}

TEST_CASE("a name that datastores of two datacenters share leads to none below vmfs/volumes") {
  const Inventory inventory =
      told_of(datacenter("d", "A", {"s1"}) + datacenter("e", "B", {"s2"}) + store("s1", "same") + store("s2", "same"));
  CHECK(listed_below(inventory, {"vmfs", "volumes"}).empty());
  CHECK_FALSE(refusal(inventory, {"vmfs", "volumes", "same"}).empty());
}

TEST_CASE("the volume of a datastore is read from the URLs of vCenter and ESXi") {
  CHECK(volume_of_url("ds:///vmfs/volumes/5f0c-1/") == "5f0c-1");
  CHECK(volume_of_url("/vmfs/volumes/5f0c-1") == "5f0c-1");
  CHECK(volume_of_url("ds:///vmfs/volumes/vsan:52aa-11/") == "vsan:52aa-11");
  for (const char* none :
       {"", "ds://", "ds:///", "/vmfs/volumes/", "/vmfs/volumes/a/b", "/tmp/govcsim-DC0-LocalDS_0"}) {
    CAPTURE(none);
    CHECK(volume_of_url(none).empty());
  }
}

TEST_CASE("a datastore path in brackets leads where the datastore does") {
  const Inventory inventory = told_of(datacenter("d", "A", {"s1", "s2"}) + datacenter("e", "B", {"s3"}) +
                                      store("s1", "one") + store("s2", "Data store+1") + store("s3", "one"));
  CHECK(inventory.find({"[Data store+1] web01", "web01.vmdk"}).path == Path{"web01", "web01.vmdk"});
  CHECK(inventory.find({"[Data store+1]"}).path.empty());
  CHECK(inventory.find({"[Data store+1]", "web01"}).path == Path{"web01"});
  CHECK(inventory.find({"B", "[one] web01"}).datacenter->dc_path == "B");
  CHECK_THROWS_WITH_AS(inventory.find({"[one] web01"}), doctest::Contains("/[one]"), Error);
  CHECK(refusal(inventory, {"[none] web01"}) == "there is no datastore 'none'");
  CHECK(refusal(inventory, {"A", "[none] web01"}) == "there is no 'none' in A; there are: Data store+1, one");
}

TEST_CASE("a datastore cluster is a folder of its datastores, which are found beside it, too") {
  const Inventory inventory =
      told_of(datacenter("d", "DC", {"s1", "s2"}) + object("StoragePod", "group-p1", "gold", "group-s1") +
              store("s1", "one", "group-p1", "StoragePod") + store("s2", "two"));
  CHECK(listed_below(inventory, {"DC"}) == Path{"gold", "two"});
  CHECK(hidden_below(inventory, {"DC"}) == Path{"one"});
  CHECK(listed_below(inventory, {"DC", "gold"}) == Path{"one"});
  CHECK(inventory.find({"DC", "gold", "one", "x"}).path == Path{"x"});
  CHECK(inventory.find({"DC", "one", "x"}).datastore->cluster == "gold");
  CHECK_FALSE(inventory.find({"DC", "gold"}).datastore);
  CHECK(refusal(inventory, {"DC", "gold", "two"}) == "there is no 'two' in DC/gold; there is: one");
}

TEST_CASE("properties that a server omits do not make a datastore unusable") {
  const Inventory inventory = told_of(datacenter("d", "DC", {"s1"}) + store("s1", "50%25 %2f"));
  const Place place = inventory.find({"DC", "50% /"});
  REQUIRE(place.datastore);
  CHECK(place.datastore->name == "50%25 %2f");
  CHECK(place.datastore->accessible);
  CHECK(place.datastore->volume.empty());
}
