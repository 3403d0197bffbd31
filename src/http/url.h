// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::http {

/// "scheme://host:port" of a URL, in lower case and with the port always written: two URLs of one origin may share
/// credentials. Throws Error{misuse} for what is no absolute http or https URL.
std::string origin_of(const std::string& url);

/// What a reply's Location header means (RFC 9110, section 10.2.2), which may be relative to the URL that was asked.
/// Throws Error{misuse} when it is no URL.
std::string resolve_location(const std::string& asked, const std::string& location);

/// The URL as it may be shown: without user, password, query and fragment, any of which may hold a secret.
std::string without_secrets(const std::string& url);

/// True for an https URL.
bool is_https(std::string_view url);

}  // namespace rimfs::http
