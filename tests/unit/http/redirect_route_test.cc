// SPDX-License-Identifier: MIT
#include "http/redirect_route.h"

#include <doctest/doctest.h>

namespace rimfs::http {
namespace {

const Rejection kPassing{ErrorKind::unreachable, true, "reset"};
const Rejection kMissing{ErrorKind::missing, false, "no such file"};
const Rejection kChanged{ErrorKind::changed, false, "changed"};
const Rejection kLogin{ErrorKind::denied, false, "forbidden", false, true};

const std::string kGiven = "http://origin/x";
const std::string kA = "http://a/x";
const std::string kB = "http://b/x";

TEST_CASE("the given address's own failure is the result") {
  RedirectRoute route(false);
  CHECK(route.at_given());
  CHECK_FALSE(route.failed(kGiven, kGiven, kMissing, false));
  CHECK(route.failure().kind == ErrorKind::missing);
}

TEST_CASE("a remembered target whose failure may pass is asked again before the given address is") {
  RedirectRoute route(true);
  CHECK_FALSE(route.at_given());
  SUBCASE("it has failed for a short time") {
    CHECK_FALSE(route.failed(kA, kA, kPassing, true));
    CHECK(route.failure().kind == ErrorKind::unreachable);
  }
  SUBCASE("it has failed for long") {
    CHECK(route.failed(kA, kA, kPassing, false));
    CHECK(route.at_given());
  }
  SUBCASE("its URL has expired") {
    CHECK(route.failed(kA, kA, kLogin, true));
    CHECK(route.at_given());
  }
  SUBCASE("another request has learned a new target") {
    CHECK(route.failed(kA, kB, kPassing, false));
    CHECK_FALSE(route.at_given());
  }
}

TEST_CASE("another target with another version is no change while the first may come back") {
  RedirectRoute route(true);
  REQUIRE(route.failed(kA, kA, kPassing, false));
  REQUIRE(route.redirected(kB));
  CHECK_FALSE(route.failed(kB, kB, kChanged, true));
  CHECK(route.failure().kind == ErrorKind::unreachable);
  CHECK(route.failure().reason.find("http://b/x") != std::string::npos);
  CHECK(route.target_to_restore() == kA);
}

TEST_CASE("a change is one when the first target does not come back, or is on the same server") {
  SUBCASE("it has expired") {
    RedirectRoute route(true);
    REQUIRE(route.failed(kA, kA, kLogin, false));
    REQUIRE(route.redirected(kB));
    CHECK_FALSE(route.failed(kB, kB, kChanged, false));
    CHECK(route.failure().kind == ErrorKind::changed);
    CHECK_FALSE(route.target_to_restore());
  }
  SUBCASE("it is on the same server") {
    RedirectRoute route(true);
    REQUIRE(route.failed(kA, kA, kPassing, false));
    REQUIRE(route.redirected(kA + "?signature=2"));
    CHECK_FALSE(route.failed(kA + "?signature=2", kA + "?signature=2", kChanged, false));
    CHECK(route.failure().kind == ErrorKind::changed);
  }
}

TEST_CASE("a new target without the file: the redirector is asked again while it leads elsewhere") {
  RedirectRoute route(false);
  REQUIRE(route.redirected(kA));
  REQUIRE(route.failed(kA, kA, kMissing, false));
  CHECK(route.at_given());
  SUBCASE("to another target") {
    CHECK(route.redirected(kB));
    CHECK(route.failed(kB, kB, kMissing, false));
    CHECK(route.redirected("http://c/x"));
    CHECK(route.failed("http://c/x", "http://c/x", kMissing, false));
    CHECK(route.redirected("http://d/x"));
    CHECK_FALSE(route.failed("http://d/x", "http://d/x", kMissing, false));  // the last of kMostTargets
  }
  SUBCASE("to the same target") {
    CHECK_FALSE(route.redirected(kA));
    CHECK(route.failure().kind == ErrorKind::missing);
  }
}

TEST_CASE("a new target whose login is refused, or whose failure may pass, is the result") {
  for (const Rejection& failure : {kLogin, kPassing, kChanged}) {
    RedirectRoute route(false);
    REQUIRE(route.redirected(kA));
    CHECK_FALSE(route.failed(kA, kA, failure, false));
    CHECK(route.failure().kind == failure.kind);
  }
}

}  // namespace
}  // namespace rimfs::http
