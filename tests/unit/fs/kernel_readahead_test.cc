// SPDX-License-Identifier: MIT
#include "fs/kernel_readahead.h"

#include <doctest/doctest.h>

using rimfs::fs::mounted_device;

namespace {

constexpr const char* kMountinfo =
    "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
    "91 22 0:57 / /mnt/a ro,nosuid - fuse.rimfs rimfs ro\n"
    "92 22 0:58 / /mnt/a\\040b ro,nosuid - fuse.rimfs rimfs ro\n"
    "93 91 0:59 / /mnt/a ro,nosuid - fuse.rimfs rimfs ro\n";

}  // namespace

TEST_CASE("of several mounts at one place the topmost is found") {
  CHECK(mounted_device(kMountinfo, "/mnt/a") == "0:59");
}

TEST_CASE("a mountpoint with a space is found") { CHECK(mounted_device(kMountinfo, "/mnt/a b") == "0:58"); }

TEST_CASE("what is not mounted is not found") {
  CHECK_FALSE(mounted_device(kMountinfo, "/mnt").has_value());
  CHECK_FALSE(mounted_device("", "/").has_value());
}
