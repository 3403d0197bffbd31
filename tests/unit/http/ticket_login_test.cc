// SPDX-License-Identifier: MIT
#include "http/ticket_login.h"

#include <doctest/doctest.h>

#include "http/origin_memory.h"

namespace rimfs::http {
namespace {

using std::chrono::seconds;

constexpr TicketLogin::Time kStart{seconds(1000)};

/// A 401 that offers the scheme, to a request that carried what `scheme` stands for.
Outcome refused(LoginScheme scheme, const std::string& offered, const std::string& problem = "") {
  Outcome outcome;
  outcome.head.status = 401;
  outcome.head.add_line("WWW-Authenticate: " + offered);
  outcome.saw_credentials = true;
  outcome.scheme = scheme;
  outcome.ticket_problem = problem;
  return outcome;
}

ServerAccess with_ticket() {
  ServerAccess access;
  access.user = "";
  return access;
}

TEST_CASE("an empty user name without a password stands for the Kerberos ticket") {
  ServerAccess access;
  CHECK_FALSE(access.uses_ticket());
  access.user = "";
  CHECK(access.uses_ticket());
  access.password = Secret("token");
  CHECK_FALSE(access.uses_ticket());
  access.user = "me";
  access.password = Secret();
  CHECK_FALSE(access.uses_ticket());
}

TEST_CASE("a ticket is shown to servers that offer Negotiate, and never another scheme") {
  for (const std::string offered : {"Basic", "Digest", "NTLM", "Bearer"}) {
    OriginState state;
    CHECK_FALSE(takes_another_scheme(state, refused(LoginScheme::basic, offered), with_ticket(), kStart));
    CHECK(state.scheme == LoginScheme::basic);
  }
  OriginState state;
  CHECK(takes_another_scheme(state, refused(LoginScheme::basic, "negotiate"), with_ticket(), kStart));
  CHECK(state.scheme == LoginScheme::negotiate);
}

TEST_CASE("a request that never carried the credentials of its source makes no server a place for the ticket") {
  OriginState state;
  Outcome elsewhere = refused(LoginScheme::basic, "Negotiate");
  elsewhere.saw_credentials = false;
  CHECK_FALSE(takes_another_scheme(state, elsewhere, with_ticket(), kStart));
  CHECK(state.scheme == LoginScheme::basic);
}

TEST_CASE("a request that was refused while another one learned to show the ticket is repeated") {
  OriginState state;
  state.scheme = LoginScheme::negotiate;
  CHECK(takes_another_scheme(state, refused(LoginScheme::basic, "Negotiate"), with_ticket(), kStart));
}

TEST_CASE("a ticket that was refused is shown again after a pause, and its problem is remembered") {
  using enum LoginScheme;
  OriginState state;
  CHECK_FALSE(state.ticket.problem());
  REQUIRE(takes_another_scheme(state, refused(basic, "Negotiate"), with_ticket(), kStart));
  CHECK_FALSE(takes_another_scheme(state, refused(negotiate, "Negotiate", "no ticket"), with_ticket(), kStart));
  CHECK(state.scheme == basic);
  // A second request that was under way does not make the pause longer.
  const auto later = kStart + seconds(20);
  CHECK_FALSE(takes_another_scheme(state, refused(negotiate, "Negotiate", "other"), with_ticket(), later));
  CHECK(state.ticket.problem() == "no ticket");
  CHECK_FALSE(takes_another_scheme(state, refused(basic, "Negotiate"), with_ticket(), later));
  CHECK(state.scheme == basic);
  CHECK(takes_another_scheme(state, refused(basic, "Negotiate"), with_ticket(), kStart + TicketLogin::kPause));
  CHECK(state.scheme == negotiate);
}

TEST_CASE("a user with a password never shows a ticket") {
  ServerAccess access;
  access.user = "me";
  access.password = Secret("s3cret");
  OriginState state;
  CHECK_FALSE(takes_another_scheme(state, refused(LoginScheme::basic, "Negotiate"), access, kStart));
  CHECK(takes_another_scheme(state, refused(LoginScheme::basic, "Negotiate, NTLM"), access, kStart));
  CHECK(state.scheme == LoginScheme::ntlm);
}

TEST_CASE("what libcurl says about the ticket becomes advice") {
  struct Row {
    const char* line;
    std::optional<std::string> problem;
  };
  const Row rows[] = {
      {"gss_init_sec_context() failed: No credentials were supplied, or the credentials were unavailable or "
       "inaccessible. SPNEGO cannot find mechanisms to negotiate. \n",
       "there is no Kerberos ticket; run kinit"},
      {"gss_init_sec_context() failed: Ticket expired. \n", "the Kerberos ticket has expired; run kinit"},
      {"gss_init_sec_context() failed: Cannot contact any KDC for realm 'X'. ",
       "Kerberos: Cannot contact any KDC for realm 'X'; klist shows the tickets"},
      {"gss_import_name() failed: \x1b[31mred", "Kerberos: \\x1b[31mred; klist shows the tickets"},
      {"Server auth using Negotiate with user ''\n", std::nullopt},
      {"Connection gss_init_sec_context() failed: Ticket expired", std::nullopt},
      {"gss_", std::nullopt},
      {"", std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.line));
    CHECK(ticket_problem(row.line) == row.problem);
  }
  const auto longest = ticket_problem("gss_init_sec_context() failed: " + std::string(10000, 'x'));
  REQUIRE(longest);
  CHECK(longest->size() < 300);
}

TEST_CASE("a refusal tells a user with a ticket what was wrong with it") {
  const ReplyHead offering = refused(LoginScheme::negotiate, "Negotiate").head;
  CHECK(ticket_advice(offering, std::nullopt).empty());
  CHECK(ticket_advice(offering, "") == "the server refuses the Kerberos ticket; klist shows whose it is");
  CHECK(ticket_advice(offering, "there is no ticket") == "there is no ticket");
  const ReplyHead other = refused(LoginScheme::basic, "Basic").head;
  CHECK(ticket_advice(other, std::nullopt).find("offer Negotiate") != std::string::npos);
}

}  // namespace
}  // namespace rimfs::http
