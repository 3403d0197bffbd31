// SPDX-License-Identifier: MIT
#include "base/secret.h"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <new>
#include <string>
#include <string_view>

using rimfs::Secret;

TEST_CASE("a secret that was moved from keeps no copy of the text") {
  for (const std::string& text : {std::string("short"), std::string(100, 'x')}) {
    alignas(Secret) std::array<std::byte, sizeof(Secret)> memory{};
    auto* const moved = new (memory.data()) Secret(text);
    const Secret other = std::move(*moved);
    CHECK(moved->empty());
    CHECK(other.reveal() == text);
    moved->~Secret();
    const std::string_view left(reinterpret_cast<const char*>(memory.data()), memory.size());
    CHECK(left.find("short") == std::string_view::npos);
    Secret third("before");
    third = other;
    CHECK(third.reveal() == text);
  }
}
