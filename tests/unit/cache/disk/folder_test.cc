// SPDX-License-Identifier: MIT
#include "cache/disk/folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cache/disk/rig.h"
#include "cache/disk/space.h"
#include "cache/disk/unusable_stores.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;
namespace files = std::filesystem;

struct FolderRig {
  TemporaryFolder temporary;
  Folder folder{temporary / "cache"};
  std::string store = folder.store_of(image_key(), kGeometry).path();
  std::string identity = store + "/identity";

  void put(const std::string& text) const { std::ofstream(identity, std::ios::trunc) << text; }
  std::string text() const {
    std::ifstream stream(identity);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// How many stores are found, and how many are refused.
  std::pair<std::size_t, std::size_t> found() const {
    std::size_t refused = 0;
    const std::size_t found = folder.stores([&](const Error&) { ++refused; }).size();
    return {found, refused};
  }
};

constexpr std::pair<std::size_t, std::size_t> kGood{1, 0};
constexpr std::pair<std::size_t, std::size_t> kRefused{0, 1};

TEST_CASE("a store is found by its identity, which belongs to its name") {
  const FolderRig rig;
  CHECK(rig.found() == kGood);
  const std::string good = rig.text();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    rig.put(text.replace(at, from.size(), to));
  };
  const std::string block = std::to_string(kBlock.value);
  for (const char* size : {"0", "1", "1e300", "4096", "65537", "98304", "33554432", "-65536", "18446744073709551616",
                           "\"65536\"", "131072"}) {
    CAPTURE(size);
    with(": " + block, std::string(": ") + size);
    CHECK(rig.found() == kRefused);
  }
  for (const char* size : {"0", "1", "18446744073709551615", "9223372036854775807", "-1", "null"}) {
    CAPTURE(size);
    with(": " + std::to_string(kImage.value), std::string(": ") + size);
    CHECK(rig.found() == kRefused);
  }
  for (const char* text : {"", "{", "[]", "null", "{}"}) {
    rig.put(text);
    CHECK(rig.found() == kRefused);
  }
  rig.put(good + std::string(100'000, ' '));  // bounded
  CHECK(rig.found() == kRefused);
  rig.put(good);
  CHECK(rig.found() == kGood);
}

TEST_CASE("a store with a damaged identity is dropped and its space freed; a store being made is kept") {
  const FolderRig rig;
  const std::string data(3 * kBlock.value, 'x');
  std::ofstream(rig.store + "/data") << data;
  std::ofstream lock(rig.store + "/lock");
  for (const char* file : {"/data", "/lock"})
    files::permissions(rig.store + file, files::perms::owner_read | files::perms::owner_write);
  Space space(rig.folder.directory(), kBlock * 100, [&rig] { return rig.folder.allocated(); });
  Log log = Log::silent();
  CHECK(space.used() >= ByteCount{data.size()});

  drop_unusable_stores(rig.folder, space, log);
  CHECK(rig.found() == kGood);
  files::remove(rig.identity);
  drop_unusable_stores(rig.folder, space, log);
  CHECK(files::exists(rig.store));

  rig.put("{");
  drop_unusable_stores(rig.folder, space, log);
  CHECK_FALSE(files::exists(rig.store));
  CHECK(space.used() == ByteCount{0});
}

TEST_CASE("a store or an identity that is a link, a FIFO or another type is ignored") {
  {
    const FolderRig rig;
    files::rename(rig.identity, rig.temporary / "elsewhere");
    files::create_symlink(rig.temporary / "elsewhere", rig.identity);
    CHECK(rig.found() == kRefused);
    files::remove(rig.identity);
    REQUIRE(::mkfifo(rig.identity.c_str(), 0600) == 0);
    CHECK(rig.found() == kRefused);  // and does not wait
  }
  {
    const FolderRig rig;
    files::rename(rig.store, rig.temporary / "elsewhere");
    files::create_directory_symlink(rig.temporary / "elsewhere", rig.store);
    CHECK(rig.found() == kRefused);
    CHECK(rig.folder.allocated() == ByteCount{});
    CHECK_THROWS_AS(rig.folder.store_of(image_key(), kGeometry), Error);
    files::remove(rig.store);
    std::ofstream(rig.store) << "x";
    CHECK(rig.found() == kRefused);
    CHECK_THROWS_AS(rig.folder.store_of(image_key(), kGeometry), Error);
  }
}

TEST_CASE("a store is removed with its files, and never through a link") {
  const FolderRig rig;
  const Folder::Found found = rig.folder.stores().at(0);
  std::ofstream(rig.temporary / "precious") << "x";
  files::create_symlink(rig.temporary / "precious", rig.store + "/data");
  rig.folder.remove(found);
  CHECK_FALSE(files::exists(rig.store));
  CHECK(files::exists(rig.temporary / "precious"));
  files::create_directory(rig.temporary / "other");
  std::ofstream(rig.temporary / "other/precious") << "x";
  files::create_directory_symlink(rig.temporary / "other", rig.store);
  CHECK_THROWS_AS(rig.folder.remove(found), Error);
  CHECK(files::exists(rig.temporary / "other/precious"));
}

}  // namespace
}  // namespace rimfs::cache::disk
