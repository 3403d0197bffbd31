// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "http/login.h"
#include "http/options.h"

namespace rimfs::http {

/// libcurl's text for a failure in a form that may be shown. libcurl quotes the URL of a proxy as given, including the
/// password. So "(not shown)" replaces the quoted part of a text about a proxy, or of one that may contain a URL or a
/// login. Pure. Source: parse_proxy() in libcurl's url.c ("Unsupported proxy syntax in '...'", "Unsupported proxy
/// scheme for '...'").
std::string shown_text_of_curl(std::string_view text);

/// A shorter secret is not replaced: it may be a part of any word, and the gap would reveal it.
inline constexpr std::size_t kShortestReplaced = 6;

/// `text` with each occurrence of the secret replaced by "(not shown)": servers repeat received text in their replies.
/// Occurrences in another encoding are not found. Pure.
std::string without_secret(std::string text, const Secret& secret);

/// `text` without the value of the header "Name: value", and without the last word of that value. Pure.
std::string without_header(std::string text, const Secret& header);

/// `text` without all secrets that requests send to a server: password, token, values of headers and cookies. `login`
/// may be null.
std::string without_secrets(std::string text, const ServerAccess& access, const Login::Credentials* login);

}  // namespace rimfs::http
