// SPDX-License-Identifier: MIT
#include "catalog/vsphere/machine_facts.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "catalog/vsphere/soap.h"
#include "samples.h"

using namespace rimfs;
using namespace rimfs::catalog;
using namespace rimfs::catalog::vsphere;

namespace {

std::vector<MachineFacts> told(const std::vector<std::string>& replies) {
  MachineCollector collector;
  for (const std::string& reply : replies) Document(one_piece(reply), collector.records());
  return collector.take();
}

std::string property(const std::string& name, const std::string& value) {
  return "<propSet><name>" + name + "</name>" + value + "</propSet>";
}

std::string object(const std::string& properties, const std::string& reference = "vm-1",
                   const std::string& type = "VirtualMachine") {
  return fmt::format("<objects><obj type=\"{}\">{}</obj>{}</objects>", type, reference, properties);
}

std::string reply(const std::string& objects) {
  return "<Envelope><Body><Response><returnval>" + objects + "</returnval></Response></Body></Envelope>";
}

MachineFacts one(const std::string& properties) {
  const auto all = told({reply(object(properties))});
  REQUIRE(all.size() == 1);
  return all.front();
}

std::string disk(const std::string& inner) {
  return property("config.hardware.device",
                  "<val><VirtualDevice xsi:type=\"VirtualDisk\" "
                  "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">" +
                      inner + "</VirtualDevice></val>");
}

}  // namespace

TEST_CASE("recorded replies tell the machines with their disks and snapshots") {
  for (const std::string model : {"vpx", "esx"}) {
    CAPTURE(model);
    const auto all = told({sample(model + "-RetrieveMachines.reply")});
    REQUIRE(all.size() >= 2);
    const auto added = std::find_if(all.begin(), all.end(), [](const auto& each) { return each.name == "added"; });
    REQUIRE(added != all.end());
    CHECK(added->power == "poweredOff");
    CHECK(added->connection == "connected");
    CHECK(added->guest == "Debian GNU/Linux 12 (64-bit)");
    CHECK(added->configuration == "[Data store+1] added/added.vmx");
    CHECK(added->has_snapshot);
    CHECK(!added->is_template);
    CHECK(!added->encrypted);
    CHECK(!added->tracks_changes);
    CHECK(added->datastores.size() == 1);
    CHECK(added->missing.empty());
    REQUIRE(added->disks.size() == 2);
    const DiskFacts& first = added->disks.front();
    CHECK(first.label == "Hard disk 1");
    CHECK(first.backing == "VirtualDiskFlatVer2BackingInfo");
    CHECK(first.mode == "persistent");
    CHECK(first.size == 1_MiB);
    REQUIRE(first.files.size() == 2);
    CHECK(first.files[0].name == "[Data store+1] added/added-000001.vmdk");
    CHECK(first.files[1].name == "[Data store+1] added/added.vmdk");
    CHECK(first.files[0].datastore == *added->datastores.begin());
  }
}

TEST_CASE("each recorded property is one that is asked for") {
  const auto properties = machine_properties(true);
  const Document request(sample("vpx-RetrieveMachines.request"));
  for (const std::string_view property : properties) {
    CAPTURE(property);
    bool recorded = false;
    for (const Element& path : request.root().find("propSet").children("pathSet")) recorded |= path.text() == property;
    CHECK(recorded);
  }
  CHECK(machine_properties(false).size() + 1 == properties.size());
  const ServiceContent service{};
  const Document asked(envelope(retrieve_machines(service, {"ContainerView", "v"}, properties)));
  CHECK(asked.root().find("propSet").children("pathSet").size() == properties.size());
  CHECK(asked.root().find("propSet").child("type").text() == "VirtualMachine");
}

TEST_CASE("a machine that is divided among parts is one machine") {
  const auto all = told({reply(object(property("name", "<val>web</val>"))),
                         reply(object(property("runtime.powerState", "<val>poweredOn</val>")) +
                               object(property("name", "<val>db</val>"), "vm-2"))});
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "db");
  CHECK(all[1].name == "web");
  CHECK(all[1].power == "poweredOn");
}

TEST_CASE("a machine is encrypted when it or a disk has a key") {
  CHECK(one(property("config.keyId", "<val><keyId>k</keyId></val>")).encrypted);
  const auto facts = one(disk("<backing><fileName>[a] x.vmdk</fileName><keyId><keyId>k</keyId></keyId></backing>"));
  CHECK(facts.disks.at(0).encrypted);
  CHECK(!facts.encrypted);
}

TEST_CASE("sizes come in bytes or in KiB, and nonsense is zero") {
  CHECK(one(disk("<capacityInKB>5</capacityInKB>")).disks.at(0).size == 5_KiB);
  CHECK(one(disk("<capacityInKB>5</capacityInKB><capacityInBytes>5121</capacityInBytes>")).disks.at(0).size.value ==
        5121);
  for (const char* text : {"", "-1", "x", "1e9", "99999999999999999999999", " 5"}) {
    CAPTURE(text);
    CHECK(one(disk(fmt::format("<capacityInBytes>{}</capacityInBytes>", text))).disks.at(0).size.value == 0);
  }
  CHECK(one(disk("<capacityInKB>18446744073709551615</capacityInKB>")).disks.at(0).size.value <= UINT64_MAX);
}

TEST_CASE("files that the server cannot reach are missing") {
  const auto facts = one(property("layoutEx",
                                  "<val><file><name>[a] x.vmdk</name><accessible>false</accessible></file>"
                                  "<file><name>[a] y.vmdk</name><accessible>true</accessible></file>"
                                  "<file><name>[a] z.vmdk</name></file></val>"));
  CHECK(facts.missing == std::set<std::string>{"[a] x.vmdk"});
}

TEST_CASE("odd replies make odd machines and no crash") {
  CHECK(told({reply("")}).empty());
  CHECK(told({reply(object(property("name", "<val>x</val>"), "group-1", "Folder"))}).empty());
  CHECK(told({reply("<objects/>")}).empty());
  CHECK(one("").name.empty());
  CHECK(one("<propSet/><propSet><name>name</name></propSet>").name.empty());
  CHECK(one(disk("")).disks.at(0).files.size() == 1);
  CHECK(one(property("config.hardware.device", "<val/>")).disks.empty());
  CHECK(one(property("config.hardware.device", "<val>text</val>")).disks.empty());
  CHECK(one(property("no.such", "<val>x</val>")).name.empty());
}

TEST_CASE("a chain of parents is cut at its greatest length or refused by the depth of the document") {
  std::string chain;
  for (int i = 0; i < 32; ++i) chain = fmt::format("<parent><fileName>[a] {}.vmdk</fileName>{}</parent>", i, chain);
  CHECK(one(disk("<backing><fileName>[a] x.vmdk</fileName>" + chain + "</backing>")).disks.at(0).files.size() == 33);
  for (int i = 0; i < 100; ++i) chain = fmt::format("<parent>{}</parent>", chain);
  CHECK_THROWS_AS(one(disk("<backing>" + chain + "</backing>")), Error);
}

TEST_CASE("machines that take too much memory are refused") {
  MachineCollector collector;
  const std::string text = reply(object(property("name", "<val>" + std::string(1 << 20, 'x') + "</val>")));
  const auto hear_often = [&] {
    for (int i = 0; i < 70; ++i) Document(one_piece(text), collector.records());
  };
  CHECK_THROWS_WITH_AS(hear_often(), "the server's virtual machines take more than 64 MiB of memory", Error);
}
