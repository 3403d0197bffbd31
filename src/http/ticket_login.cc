// SPDX-License-Identifier: MIT
#include "http/ticket_login.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/printable.h"
#include "http/login_scheme.h"

namespace rimfs::http {
namespace {

/// A server's token may hold a text for people.
constexpr std::size_t kMostShown = 200;

}  // namespace

std::optional<std::string> ticket_problem(std::string_view line) {
  constexpr std::string_view kFailed = "() failed: ";
  const std::size_t at = line.find(kFailed);
  if (!line.starts_with("gss_") || at == std::string_view::npos) return std::nullopt;
  const std::string_view text = trimmed_end(line.substr(at + kFailed.size()), ". \r\n");
  // The texts of MIT Kerberos for GSS_S_NO_CRED and KRB5KRB_AP_ERR_TKT_EXPIRED.
  if (text.starts_with("No credentials were supplied")) return "there is no Kerberos ticket; run kinit";
  if (text.starts_with("Ticket expired")) return "the Kerberos ticket has expired; run kinit";
  return fmt::format("Kerberos: {}; klist shows the tickets", printable(text, kMostShown));
}

std::string ticket_advice(const ReplyHead& refusal, const std::optional<std::string>& shown) {
  if (!offers(refusal.login_schemes, LoginScheme::negotiate)) {
    return "a user name \":\" is for servers that offer Negotiate (Kerberos); name a user with a password";
  }
  if (!shown) return "";
  return shown->empty() ? "the server refuses the Kerberos ticket; klist shows whose it is" : *shown;
}

}  // namespace rimfs::http
