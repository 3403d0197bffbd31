// SPDX-License-Identifier: MIT
#include "catalog/vsphere/folder_listing.h"

#include <doctest/doctest.h>

#include <map>

namespace rimfs::catalog::vsphere {
namespace {

constexpr std::uint64_t kDisk = 1 << 30;

FoundFile file(const std::string& name, std::optional<ByteCount> size, bool typed = true) {
  FoundFile found;
  found.path = name;
  found.typed = typed;
  found.size = size;
  return found;
}

FoundFile folder(const std::string& name) {
  FoundFile found = file(name, std::nullopt);
  found.folder = true;
  return found;
}

Entry row(const std::string& name, std::optional<ByteCount> size, bool is_folder = false) {
  return {name, is_folder, "/folder/" + name, size, 60};
}

std::map<std::string, Entry> merged(const std::vector<FoundFile>& found, const Entries* page) {
  std::map<std::string, Entry> entries;
  for (Entry& entry : listing_of(found, page, "DC/store")) entries.emplace(entry.name, entry);
  return entries;
}

TEST_CASE("a disk's data is told from its description by the name") {
  for (const char* name : {"a-flat.vmdk", "a-000001-delta.vmdk", "a-sesparse.vmdk", "a-rdmp.vmdk", "A-FLAT.VMDK"})
    CHECK(is_disk_extent(name));
  for (const char* name : {"a.vmdk", "a-000001.vmdk", "flat.vmdk", "a-flat.vmdk.bak", "-flat.vmdk", ""})
    CHECK_FALSE(is_disk_extent(name));
}

TEST_CASE("a size is believed when the browser and the page agree, of a descriptor when the page tells a small one") {
  struct Row {
    const char* title;
    const char* name;
    std::optional<ByteCount> browser, page, shown;
  };
  const ByteCount disk{kDisk};
  const Row rows[] = {
      {"a descriptor with the size of its disk", "a.vmdk", disk, ByteCount{479}, ByteCount{479}},
      {"a descriptor that both call as large as its disk", "a.vmdk", disk, disk, std::nullopt},
      {"a descriptor without a page", "a.vmdk", ByteCount{479}, std::nullopt, std::nullopt},
      {"data of which both tell the same", "a-flat.vmdk", disk, disk, disk},
      {"a thin disk, of which the browser tells what is allocated", "a-flat.vmdk", ByteCount{4096}, disk, std::nullopt},
      {"data without a page", "a-flat.vmdk", disk, std::nullopt, std::nullopt},
      {"data that only the page tells of", "a-flat.vmdk", std::nullopt, disk, std::nullopt},
      {"another file", "a.iso", disk, disk, disk},
      {"another file without a page", "a.iso", disk, std::nullopt, disk},
      {"another file of which the browser tells no size", "a.iso", std::nullopt, disk, disk},
      {"a file that grows", "vmware.log", ByteCount{10}, ByteCount{20}, std::nullopt},
      {"an unknown size is not zero", "a.iso", std::nullopt, std::nullopt, std::nullopt},
  };
  for (const Row& one : rows) {
    CAPTURE(one.title);
    const Entries page{row(one.name, one.page)};
    const auto entries = merged({file(one.name, one.browser)}, one.page ? &page : nullptr);
    REQUIRE(entries.size() == 1);
    CHECK(entries.at(one.name).size == one.shown);
    CHECK(entries.at(one.name).key == std::string("DC/store/") + one.name);
  }
}

TEST_CASE("a folder that the browser calls a file is one when the page says so") {
  const Entries page{row("web01", std::nullopt, true), row("readme", ByteCount{5})};
  const auto entries = merged({file("web01", ByteCount{4096}, false), file("readme", ByteCount{5}, false)}, &page);
  CHECK(entries.at("web01").folder);
  CHECK_FALSE(entries.at("web01").size);
  CHECK_FALSE(entries.at("readme").folder);
}

TEST_CASE("a file that the browser calls a disk stays one, whatever the page says") {
  const Entries page{row("a.iso", std::nullopt, true)};
  CHECK_FALSE(merged({file("a.iso", ByteCount{5})}, &page).at("a.iso").folder);
}

TEST_CASE("what only the page lists is added once") {
  const std::vector<FoundFile> found{file("a.vmdk", ByteCount{kDisk}), file("100%41.iso", ByteCount{7})};
  // A server that decodes paths twice encodes its links twice.
  const Entries page{row("a.vmdk", ByteCount{479}), row("a-flat.vmdk", ByteCount{kDisk}),
                     row("100%2541.iso", ByteCount{7})};
  const auto entries = merged(found, &page);
  CHECK(entries.size() == 3);
  CHECK(entries.contains("a-flat.vmdk"));
  CHECK(entries.contains("100%41.iso"));
  CHECK(page_has_more(found, page));
  CHECK_FALSE(page_has_more(found, {row("a.vmdk", ByteCount{479})}));
}

TEST_CASE("a page alone lists too, without sizes of disks' data") {
  const Entries page{row("a.vmdk", ByteCount{479}), row("a-flat.vmdk", ByteCount{kDisk}), row("a.iso", ByteCount{9}),
                     row("sub", std::nullopt, true)};
  const auto entries = merged({}, &page);
  CHECK(entries.size() == 4);
  CHECK(entries.at("a.vmdk").size == ByteCount{479});
  CHECK_FALSE(entries.at("a-flat.vmdk").size);
  CHECK(entries.at("a.iso").size == ByteCount{9});
  CHECK(entries.at("a.iso").modified == 60);
  CHECK(entries.at("sub").folder);
}

TEST_CASE("a folder of vSAN is shown by the name that people know and asked for by its own") {
  FoundFile found = folder("5f0c1a2b-3c4d");
  found.friendly_name = "web01";
  const Entries page{row("5f0c1a2b-3c4d", std::nullopt, true), row("web01", std::nullopt, true)};
  const auto entries = merged({found}, &page);
  REQUIRE(entries.size() == 1);
  CHECK(entries.at("web01").key == "DC/store/5f0c1a2b-3c4d");
}

TEST_CASE("a listing is doubtful when it holds files of disks, or files that may be folders") {
  CHECK_FALSE(is_doubtful({}));
  CHECK_FALSE(is_doubtful({folder("a"), file("a.iso", ByteCount{1})}));
  CHECK(is_doubtful({file("a.vmdk", ByteCount{1})}));
  CHECK(is_doubtful({file("a", ByteCount{1}, false)}));
}

TEST_CASE("only untyped files without an ending of a machine's files may be folders") {
  CHECK(possible_folders({folder("a"), file("b", ByteCount{1}), file("c.vmx", ByteCount{1}, false),
                          file("web.01", ByteCount{1}, false)}) == std::vector<std::string>{"web.01"});
}

}  // namespace
}  // namespace rimfs::catalog::vsphere
