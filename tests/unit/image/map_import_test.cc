// SPDX-License-Identifier: MIT
#include "image/map_import.h"

#include <doctest/doctest.h>

namespace rimfs::image {

TEST_CASE("a map is older than its image only when both have a time") {
  const std::string early = "Sat, 21 Nov 2026 10:00:00 GMT";
  const std::string late = "Sat, 21 Nov 2026 10:00:01 GMT";
  CHECK(is_older(early, late));
  CHECK_FALSE(is_older(late, early));
  CHECK_FALSE(is_older(early, early));
  CHECK_FALSE(is_older("", late));
  CHECK_FALSE(is_older(early, ""));
  CHECK_FALSE(is_older("yesterday", late));
  CHECK_FALSE(is_older(early, "tomorrow, perhaps"));
}

}  // namespace rimfs::image
