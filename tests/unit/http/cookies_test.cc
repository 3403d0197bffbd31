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

TEST_CASE("a cookie that is too long is not kept") {
  Cookies cookies;
  cookies.set("a=1");
  cookies.set("a=" + std::string(5000, 'x'));
  cookies.set("b=" + std::string(5000, 'x'));
  cookies.set("c=" + std::string(4000, 'x'));
  CHECK(cookies.header() == "a=1; c=" + std::string(4000, 'x'));
}

TEST_CASE("the cookies of a jar are those for the host") {
  const std::vector<std::string> lines = {
      "host.example\tFALSE\t/\tFALSE\t0\texact\t1",      "#HttpOnly_.example\tTRUE\t/\tTRUE\t1900000000\tbelow\t2",
      "example\tFALSE\t/\tFALSE\t0\tnot_below\t3",       "ost.example\tTRUE\t/\tFALSE\t0\tother\t4",
      "host.example\tFALSE\t/admin\tFALSE\t0\tadmin\t5", "broken line"};
  const auto of = [&](const char* host, const char* path = "/", bool https = true) {
    return Cookies::of_jar(lines, {host, path, https}).header();
  };
  CHECK(of("Host.Example") == "exact=1; below=2");
  CHECK(of("Host.Example", "/", false) == "exact=1");
  CHECK(of("ost.example") == "below=2; other=4");
  CHECK(of("host.example", "/admin") == "exact=1; below=2; admin=5");
  CHECK(of("host.example", "/admin/x") == "exact=1; below=2; admin=5");
  CHECK(of("host.example", "/administrator") == "exact=1; below=2");
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
