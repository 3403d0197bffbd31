// SPDX-License-Identifier: MIT
#include "extents/image_map.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::extents;

TEST_CASE("a map's digest depends on the zero ranges and the image's size, not on the format") {
  ImageMap map;
  map.size = 1_MiB;
  map.zeros = {{Offset{0}, Offset{4096}}, {Offset{8192}, Offset{16384}}};
  const std::string digest = digest_of(map);
  CHECK(digest.size() == 64);
  const ImageMap read = read_image_map(write_bmap(map.size, map.zeros));
  CHECK(digest_of(read) == digest);
  ImageMap other = map;
  other.zeros.back().end = Offset{20480};
  CHECK(digest_of(other) != digest);
  other = map;
  other.size = 2_MiB;
  CHECK(digest_of(other) != digest);
}
