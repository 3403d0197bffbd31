// SPDX-License-Identifier: MIT
#include "base/descriptors.h"

#include <doctest/doctest.h>

using rimfs::descriptors_named_in;

TEST_CASE("descriptors that the user names by a path are found") {
  CHECK(descriptors_named_in({"--ca-file", "/dev/fd/63", "x=https://h/f", "/mnt"}) == std::vector<int>{63});
  CHECK(descriptors_named_in({"--ca-file=/proc/self/fd/5", "--log-file=/dev/fd/7"}) == std::vector<int>{5, 7});
  CHECK(descriptors_named_in({"/dev/fd/", "/dev/fd/x", "/dev/fd/-1", "/dev/fd/99999999999999999999", "3"}).empty());
}
