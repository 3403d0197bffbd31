// SPDX-License-Identifier: MIT
#include "fs/mount_table.h"

#include <doctest/doctest.h>

using rimfs::fs::find_mount;
using rimfs::fs::parse_mount_table;

namespace {

constexpr const char* kMountinfo =
    "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
    "91 22 0:57 / /mnt/a ro,nosuid shared:7 master:1 - fuse.rimfs rimfs ro\n"
    "92 22 0:58 / /mnt/a\\040b ro,nosuid - fuse.rimfs rimfs ro\n"
    "93 91 0:59 / /mnt/a ro,nosuid - fuse.sshfs there ro\n"
    "94 22 0:60 / /mnt/\\134\\9x ro - tmpfs none rw\n";

std::string device_of(const char* path) {
  const auto found = find_mount(parse_mount_table(kMountinfo), path);
  return found ? found->device : "none";
}

}  // namespace

TEST_CASE("an entry of the mount table has its path, type and device") {
  const auto mounts = parse_mount_table(kMountinfo);
  REQUIRE(mounts.size() == 5);
  CHECK(mounts[0].path == "/");
  CHECK(mounts[0].type == "ext4");
  CHECK(mounts[0].device == "254:1");
  CHECK_FALSE(mounts[0].is_rimfs());
  CHECK(mounts[1].type == "fuse.rimfs");
  CHECK(mounts[1].is_rimfs());
}

TEST_CASE("of several mounts on one path the topmost is found") { CHECK(device_of("/mnt/a") == "0:59"); }

TEST_CASE("a mountpoint with a space or a backslash is found") {
  CHECK(device_of("/mnt/a b") == "0:58");
  CHECK(device_of("/mnt/\\\\9x") == "0:60");
}

TEST_CASE("a path without a mount is not found") {
  CHECK(device_of("/mnt") == "none");
  CHECK(device_of("/mnt/a/") == "none");
}

TEST_CASE("truncated lines are ignored") {
  CHECK(parse_mount_table("").empty());
  CHECK(parse_mount_table("22 1 254:1 / /mnt rw").empty());
  CHECK(parse_mount_table("22 1 254:1 / /mnt rw - \n\n22").empty());
}
