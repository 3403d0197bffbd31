// SPDX-License-Identifier: MIT
#include "cache/disk/key_name.h"

#include <doctest/doctest.h>

using namespace rimfs::cache::disk;

TEST_CASE("a key's name is the same in every version, because files have it") {
  CHECK(name_of_key("") == "4dc5b0cc826f6703f36cf7ecd1fcfda0");
  CHECK(name_of_key("rimfs") == "5a8ace4c6e2ae2823a5d4dfd267b6e0d");
}
