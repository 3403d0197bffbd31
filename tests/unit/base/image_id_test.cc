// SPDX-License-Identifier: MIT
#include "base/image_id.h"

#include <doctest/doctest.h>

#include <concepts>
#include <functional>
#include <type_traits>

#include "base/display_url.h"

using namespace rimfs;

TEST_CASE("an identity converts to exactly one text and back") {
  const ImageId id = ImageIdBuilder("test").add("a").add(std::uint64_t{7}).finish();
  CHECK(id.hex().size() == 32);
  CHECK(ImageId::from_hex(id.hex()) == id);
  // Stored on disk: the same on every machine, and in every version.
  CHECK(ImageIdBuilder("test").finish().hex() == "93a3f36d6caff471abcb91b9228bdf85");
  const ImageId part = ImageIdBuilder("test").finish();
  CHECK(ImageIdBuilder("image").add("a").add(std::uint64_t{7}).add(part).finish().hex() ==
        "73b3b90a18e63e6af8cdb4d6b674bae4");
  for (const char* bad : {"", "0", "0000000000000000000000000000000g", "-0000000000000000000000000000001",
                          "000000000000000000000000000000000", "0000000000000000000000000000000A"}) {
    CAPTURE(bad);
    CHECK_FALSE(ImageId::from_hex(bad));
  }
}

TEST_CASE("parts with different boundaries have different identities") {
  const auto of = [](const char* a, const char* b) { return ImageIdBuilder("test").add(a).add(b).finish(); };
  CHECK(of("ab", "c") != of("a", "bc"));
  CHECK(of("", "a") != of("a", ""));
  CHECK(of("1:a", "b") != of("a", "1:b"));
  CHECK(ImageIdBuilder("test").finish() != ImageIdBuilder("other").finish());
}

TEST_CASE("a URL for display cannot be a key") {
  CHECK_FALSE(std::equality_comparable<DisplayUrl>);
  CHECK_FALSE(std::totally_ordered<DisplayUrl>);
  CHECK_FALSE(std::is_default_constructible_v<std::hash<DisplayUrl>>);
  CHECK_FALSE(std::is_convertible_v<DisplayUrl, std::string>);
}
