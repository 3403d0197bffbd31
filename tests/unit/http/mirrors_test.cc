// SPDX-License-Identifier: MIT
#include "http/mirrors.h"

#include <doctest/doctest.h>

using rimfs::http::Mirrors;

namespace {

const Mirrors::Time kStart = Mirrors::Time{} + std::chrono::hours(1);

}  // namespace

TEST_CASE("a mirror that fails is passed over for a time, then the first one is tried again") {
  Mirrors mirrors(3);
  CHECK(mirrors.current(kStart) == 0);
  CHECK(mirrors.failed(0, kStart));
  CHECK(mirrors.current(kStart) == 1);
  CHECK(mirrors.failed(1, kStart));
  CHECK(mirrors.current(kStart) == 2);
  CHECK(mirrors.current(kStart + Mirrors::kPassedOver) == 0);
}

TEST_CASE("when all have failed, the one that failed first is used, and no alternative is reported") {
  Mirrors mirrors(2);
  CHECK(mirrors.failed(0, kStart));
  CHECK_FALSE(mirrors.failed(1, kStart + std::chrono::seconds(1)));
  CHECK(mirrors.current(kStart + std::chrono::seconds(2)) == 0);
}

TEST_CASE("a mirror with another file is refused for a time, and the only one left is used even after a failure") {
  Mirrors mirrors(2);
  CHECK(mirrors.refuse(0, kStart));
  CHECK(mirrors.current(kStart + Mirrors::kPassedOver) == 1);
  CHECK_FALSE(mirrors.failed(1, kStart));
  CHECK(mirrors.current(kStart) == 1);
  CHECK_FALSE(mirrors.refuse(1, kStart));
  CHECK(mirrors.current(kStart + Mirrors::kRefused) == 0);
}

TEST_CASE("a refused mirror is used again as soon as one of its replies matches") {
  Mirrors mirrors(2);
  CHECK(mirrors.refuse(0, kStart));
  mirrors.readmit(0);
  CHECK(mirrors.current(kStart) == 0);
  CHECK(mirrors.failed(0, kStart));
  CHECK(mirrors.refuse(1, kStart));
  CHECK(mirrors.current(kStart) == 0);
}

TEST_CASE("the order begins with those that have not failed, and ends with the one that failed last") {
  Mirrors mirrors(4);
  CHECK(mirrors.in_order(kStart) == std::vector<std::size_t>{0, 1, 2, 3});
  mirrors.failed(1, kStart);
  mirrors.failed(0, kStart + std::chrono::seconds(1));
  const auto now = kStart + std::chrono::seconds(2);
  CHECK(mirrors.in_order(now) == std::vector<std::size_t>{2, 3, 1, 0});
  mirrors.readmit(0);
  CHECK(mirrors.in_order(now) == std::vector<std::size_t>{0, 2, 3, 1});
  mirrors.refuse(2, now);
  CHECK(mirrors.in_order(kStart + Mirrors::kPassedOver) == std::vector<std::size_t>{0, 1, 3});
}

TEST_CASE("a file without mirrors has no alternative") {
  Mirrors mirrors(1);
  CHECK_FALSE(mirrors.failed(0, kStart));
  CHECK(mirrors.current(kStart) == 0);
}
