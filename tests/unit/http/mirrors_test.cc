// SPDX-License-Identifier: MIT
#include "http/mirrors.h"

#include <doctest/doctest.h>

using rimfs::http::Mirrors;

namespace {

const Mirrors::Time kStart = Mirrors::Time{} + std::chrono::hours(1);

}  // namespace

TEST_CASE("a mirror that fails is passed over for a time, then the first one is asked again") {
  Mirrors mirrors(3);
  CHECK(mirrors.current(kStart) == 0);
  CHECK(mirrors.failed(0, kStart));
  CHECK(mirrors.current(kStart) == 1);
  CHECK(mirrors.failed(1, kStart));
  CHECK(mirrors.current(kStart) == 2);
  CHECK(mirrors.current(kStart + Mirrors::kPassedOver) == 0);
}

TEST_CASE("when all have failed the one that failed first is asked, and nobody is told to hurry") {
  Mirrors mirrors(2);
  CHECK(mirrors.failed(0, kStart));
  CHECK_FALSE(mirrors.failed(1, kStart + std::chrono::seconds(1)));
  CHECK(mirrors.current(kStart + std::chrono::seconds(2)) == 0);
}

TEST_CASE("a mirror with another file is not asked for a time, and the last one's word counts") {
  Mirrors mirrors(2);
  CHECK(mirrors.refuse(0, kStart));
  CHECK(mirrors.current(kStart + Mirrors::kPassedOver) == 1);
  CHECK_FALSE(mirrors.failed(1, kStart));
  CHECK(mirrors.current(kStart) == 1);
  CHECK_FALSE(mirrors.refuse(1, kStart));
  CHECK(mirrors.current(kStart + Mirrors::kRefused) == 0);
}

TEST_CASE("a refused mirror is asked again as soon as an answer of it fits") {
  Mirrors mirrors(2);
  CHECK(mirrors.refuse(0, kStart));
  mirrors.readmit(0);
  CHECK(mirrors.current(kStart) == 0);
  CHECK(mirrors.failed(0, kStart));
  CHECK(mirrors.refuse(1, kStart));
  CHECK(mirrors.current(kStart) == 0);
}

TEST_CASE("a file without mirrors has none to turn to") {
  Mirrors mirrors(1);
  CHECK_FALSE(mirrors.failed(0, kStart));
  CHECK(mirrors.current(kStart) == 0);
}
