// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "http/login.h"
#include "http/options.h"

namespace rimfs::http {

/// What libcurl says of a failure, as it may be shown. libcurl quotes the URL of a proxy as it was given, password
/// included; so the quoted part of a text about a proxy, or of one that may hold a URL or a login, becomes "(not
/// shown)". Pure. Source: parse_proxy() in libcurl's url.c ("Unsupported proxy syntax in '...'", "Unsupported proxy
/// scheme for '...'").
std::string shown_text_of_curl(std::string_view text);

/// A secret that is shorter is not replaced: it may be a part of any word, and the gap would tell what it is.
inline constexpr std::size_t kShortestReplaced = 6;

/// `text` with "(not shown)" wherever the secret stands in it: servers repeat in their replies what they were sent.
/// What they encode in another way is not found. Pure.
std::string without_secret(std::string text, const Secret& secret);

/// The same for all that requests show to a server: password, token, values of headers and cookies; `login` may be
/// null.
std::string without_secrets(std::string text, const ServerAccess& access, const Login::Credentials* login);

}  // namespace rimfs::http
