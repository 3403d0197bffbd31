// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rimfs::http {

/// How a user and a password are sent (RFC 9110, section 11): Basic (RFC 7617), Digest (RFC 7616), NTLM (MS-NTHT) or
/// Negotiate, which is Kerberos (RFC 4559).
enum class LoginScheme { basic, digest, ntlm, negotiate };

/// The scheme's name as headers have it.
std::string_view name_of(LoginScheme scheme);

/// The names of the schemes in a WWW-Authenticate header, as written. A header may have several challenges, each with
/// parameters whose quoted values contain commas (RFC 9110, section 11.6.1). Pure.
std::vector<std::string> schemes_in(std::string_view header);

/// True when `offered` contains the scheme. Pure.
bool offers(const std::vector<std::string>& offered, LoginScheme scheme);

/// The scheme to try after a refusal of `used`. Nothing when `used` was offered, because then the user or the password
/// is wrong and another try may lock the account; and when no scheme is known. Negotiate is
/// not among them: it takes no password (ticket_login.h). Pure.
std::optional<LoginScheme> scheme_after(LoginScheme used, const std::vector<std::string>& offered, bool has_user);

}  // namespace rimfs::http
