// SPDX-License-Identifier: MIT
#include "http/login_scheme.h"

#include <doctest/doctest.h>

#include "http/reply.h"

namespace rimfs::http {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("the schemes of a challenge are found between its parameters") {
  CHECK(schemes_in(R"(Basic realm="a, Digest b")") == Names{"Basic"});
  CHECK(schemes_in("Negotiate, NTLM") == Names{"Negotiate", "NTLM"});
  CHECK(schemes_in(R"(Digest realm="x", qop="auth", nonce="a\"b, c", algorithm=MD5, Basic realm=y)") ==
        Names{"Digest", "Basic"});
  CHECK(schemes_in(R"(Digest realm = "x" , nonce = "n",Basic)") == Names{"Digest", "Basic"});
  CHECK(schemes_in("NTLM TlRMTVNTUAACAAAA==") == Names{"NTLM"});
  CHECK(schemes_in(R"(Basic realm="open)") == Names{"Basic"});
  CHECK(schemes_in("").empty());
  CHECK(schemes_in(", ,").empty());
  CHECK(schemes_in("\x1b[31mred").empty());
}

TEST_CASE("another scheme is tried when the used one is not offered") {
  using enum LoginScheme;
  struct Row {
    LoginScheme used;
    Names offered;
    bool has_user;
    std::optional<LoginScheme> next;
  };
  const Row rows[] = {
      {basic, {"Basic"}, true, std::nullopt},
      {basic, {"Digest", "Basic"}, true, std::nullopt},
      {basic, {"Digest"}, true, digest},
      {basic, {"digest"}, true, digest},
      {basic, {"Negotiate", "NTLM"}, true, ntlm},
      {basic, {"Negotiate"}, true, std::nullopt},
      {basic, {"Negotiate", "NTLM"}, false, std::nullopt},
      {basic, {"NTLM"}, false, std::nullopt},
      {basic, {"Bearer"}, true, std::nullopt},
      {basic, {}, true, std::nullopt},
      {digest, {"Digest"}, true, std::nullopt},
      {digest, {"Basic"}, true, basic},
  };
  for (const Row& row : rows) CHECK(scheme_after(row.used, row.offered, row.has_user) == row.next);
}

TEST_CASE("a refused login names the schemes that the server offers") {
  ReplyHead head;
  head.status = 401;
  head.add_line("WWW-Authenticate: Negotiate");
  head.add_line("WWW-Authenticate: NTLM");
  CHECK(reject_status(head).reason.ends_with("; it offers Negotiate, NTLM"));
  head.status = 403;
  CHECK(reject_status(head).reason.find("offers") == std::string::npos);
}

}  // namespace
}  // namespace rimfs::http
