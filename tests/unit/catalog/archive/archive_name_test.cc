// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_name.h"

#include <doctest/doctest.h>

namespace rimfs::catalog::archive {
namespace {

TEST_CASE("archives are known by the end of their name") {
  for (const char* name : {"a.ova", "A.OVA", "a.tar", "b.zip", "disk.img.xz", "a.tar.xz", "a.txz", "a.zst", "a.tzst"}) {
    CAPTURE(std::string(name));
    CHECK(is_archive_name(name));
  }
  for (const char* name : {"a.img", "ova", ".ova", ".tar", "a.tar.gz", "a.vmdk", "xz", ".xz", "a.ova.part", ""}) {
    CAPTURE(std::string(name));
    CHECK_FALSE(is_archive_name(name));
  }
}

TEST_CASE("the content of a compressed file has its name without the compression's ending") {
  CHECK(content_name("disk.img.xz") == "disk.img");
  CHECK(content_name("Disk.IMG.XZ") == "Disk.IMG");
  CHECK(content_name("a.txz") == "a.tar");
  CHECK(content_name("a.tar.zst") == "a.tar");
  CHECK(content_name("a.zstd") == "a");
  CHECK(content_name("blob") == "blob.content");
}

}  // namespace
}  // namespace rimfs::catalog::archive
