// SPDX-License-Identifier: MIT
#include "http/cookies.h"

#include <doctest/doctest.h>

namespace rimfs::http {
namespace {

TEST_CASE("all cookies are sent back, in the order in which they came") {
  Cookies cookies;
  CHECK(cookies.empty());
  cookies.set_all({"vmware_soap_session=\"abc\"", "balancer=node-7"});
  CHECK(cookies.header() == "vmware_soap_session=\"abc\"; balancer=node-7");
}

TEST_CASE("a newer value replaces the one of the same name") {
  Cookies cookies;
  cookies.set_all({"a=1", "b=2", "a=3"});
  CHECK(cookies.header() == "a=3; b=2");
}

TEST_CASE("an empty value removes a cookie") {
  Cookies cookies;
  cookies.set_all({"a=1", "b=2", "a="});
  CHECK(cookies.header() == "b=2");
  cookies.set("b=\"\"");
  CHECK(cookies.empty());
}

TEST_CASE("a header is read back into the same cookies") {
  CHECK(Cookies("a=1; b=\"x=y\"").header() == "a=1; b=\"x=y\"");
  CHECK(Cookies("").empty());
  CHECK(Cookies("nothing; =x").empty());
}

TEST_CASE("a server cannot set any number of cookies") {
  Cookies cookies;
  for (int i = 0; i < 1000; ++i) cookies.set("name" + std::to_string(i) + "=value");
  CHECK(cookies.header().size() < 2000);
}

}  // namespace
}  // namespace rimfs::http
