// SPDX-License-Identifier: MIT
#include "reactor/move_only_function.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>

namespace rimfs::reactor {
namespace {

TEST_CASE("a callable that cannot be copied is stored, moved, called and destroyed once, small or large") {
  auto watched = std::make_shared<int>(0);
  auto check = [&](MoveOnlyFunction f) {
    CHECK(watched.use_count() == 2);
    MoveOnlyFunction moved = std::move(f);
    MoveOnlyFunction assigned;
    CHECK(!assigned);
    assigned = std::move(moved);
    CHECK(static_cast<bool>(assigned));
    assigned();
    assigned();
    CHECK(watched.use_count() == 2);
    assigned = MoveOnlyFunction();
    CHECK(watched.use_count() == 1);
  };
  auto box = std::make_unique<int>(1);
  check([watched, box = std::move(box)] { *watched += *box; });
  CHECK(*watched == 2);
  const std::array<int, 100> large{5};
  check([watched, large, box = std::make_unique<int>(1)] { *watched += large[0] + *box; });
  CHECK(*watched == 14);
}

}  // namespace
}  // namespace rimfs::reactor
