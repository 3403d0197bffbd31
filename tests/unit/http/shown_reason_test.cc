// SPDX-License-Identifier: MIT
#include "http/shown_reason.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::http;

TEST_CASE("libcurl's text is shown except parts that may be a URL with a login") {
  struct Row {
    const char *text, *shown;
  };
  // The first four: lib/url.c of curl 7.88; the others: lib/connect.c, lib/vtls/openssl.c.
  const Row rows[] = {
      {"Unsupported proxy syntax in 'http://u:pa/ss@h:1': Port number was not a decimal number between 0 and 65535",
       "Unsupported proxy syntax in (not shown): Port number was not a decimal number between 0 and 65535"},
      {"Unsupported proxy scheme for 'htps://u:p'a'ss@h:1'", "Unsupported proxy scheme for (not shown)"},
      {"Unsupported proxy syntax in 'u:pass': Port number was not a decimal number between 0 and 65535",
       "Unsupported proxy syntax in (not shown): Port number was not a decimal number between 0 and 65535"},
      {"Unsupported proxy 'u:pass', libcurl is built without the HTTPS-proxy support.",
       "Unsupported proxy (not shown), libcurl is built without the HTTPS-proxy support."},
      {"something about http://u:pass@h/", "(not shown)"},
      {"u:pass@h is no host", "(not shown)"},
      {"Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
       "Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server"},
      {"SSL: certificate subject name 'a.b' does not match target host name 'c.d'",
       "SSL: certificate subject name 'a.b' does not match target host name 'c.d'"},
  };
  for (const Row& row : rows) CHECK(shown_text_of_curl(row.text) == row.shown);
}

TEST_CASE("secrets that a server repeats in its reply are not shown") {
  ServerAccess access;
  access.password = Secret("pass-word");
  access.bearer = Secret("bearer-token");
  access.cookie = Secret("id=cookie-one; b=cookie-two");
  access.headers.emplace_back("X-Key:  header-value ");
  access.headers.emplace_back("Authorization: Digest digest-value");
  access.headers.emplace_back("X: 1");
  Login::Credentials login;
  login.cookie = Secret("vmware_soap_session=login-cookie");
  login.headers.emplace_back("X-Amz-Token: login-header");
  struct Row {
    const char *text, *shown;
  };
  const Row rows[] = {
      {"bytes 0-0/pass-word", "bytes 0-0/(not shown)"},
      {"bearer-tokenbearer-token", "(not shown)(not shown)"},
      {"id=cookie-one, cookie-two", "id=(not shown), (not shown)"},
      {"header-value and digest-value", "(not shown) and (not shown)"},
      {"login-cookie/login-header", "(not shown)/(not shown)"},
      {"status 1, nothing else", "status 1, nothing else"},
  };
  for (const Row& row : rows) CHECK(without_secrets(row.text, access, &login) == row.shown);
  CHECK(without_secrets("login-cookie", access, nullptr) == "login-cookie");
}

TEST_CASE("a short secret is not replaced, and an empty one is never found") {
  CHECK(without_secret("a file of 5 bytes", Secret("file")) == "a file of 5 bytes");
  CHECK(without_secret("a file", Secret()) == "a file");
  CHECK(without_secret("123456", Secret("123456")) == "(not shown)");
}
