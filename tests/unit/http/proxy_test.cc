// SPDX-License-Identifier: MIT
#include "http/proxy.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace rimfs::http {
namespace {

using Variables = std::map<std::string, std::string>;

std::string shown(const std::string& url, const std::string& setting, const Variables& variables) {
  ServerAccess access;
  access.proxy = setting;
  return shown_proxy(url, access, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

TEST_CASE("the proxy of a URL is the one that libcurl's manual names") {
  struct Row {
    const char *url, *setting;
    Variables variables;
    const char* proxy;
  };
  const Row rows[] = {
      {"http://host/", "", {}, ""},
      {"http://host/", "", {{"http_proxy", "http://p:1"}}, "http://p:1/ (from http_proxy)"},
      {"http://host/", "", {{"HTTP_PROXY", "http://p:1"}}, ""},
      {"https://host/", "", {{"http_proxy", "http://p:1"}}, ""},
      {"https://host/", "", {{"HTTPS_PROXY", "p:1"}}, "http://p:1/ (from HTTPS_PROXY)"},
      {"https://host/", "", {{"https_proxy", "p:1"}, {"HTTPS_PROXY", "q:1"}}, "http://p:1/ (from https_proxy)"},
      {"http://host/", "", {{"ALL_PROXY", "socks5h://p:1"}}, "socks5h://p:1/ (from ALL_PROXY)"},
      {"http://host/", "http://me:secret@q:2", {{"http_proxy", "http://p:1"}}, "http://q:2/"},
      {"http://a.example.org/", "", {{"http_proxy", "p:1"}, {"no_proxy", "x, .example.org"}}, ""},
      {"http://EXAMPLE.org/", "", {{"http_proxy", "p:1"}, {"no_proxy", "example.org"}}, ""},
      {"http://notexample.org/",
       "",
       {{"http_proxy", "p:1"}, {"no_proxy", "example.org"}},
       "http://p:1/ (from http_proxy)"},
      {"http://host/", "q:2", {{"NO_PROXY", "*"}}, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.url));
    CHECK(shown(row.url, row.setting, row.variables) == row.proxy);
  }
}

}  // namespace
}  // namespace rimfs::http
