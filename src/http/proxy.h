// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/options.h"

namespace rimfs::http {

/// Reads a variable of the environment; returns an empty text when it is not set.
using Variable = std::function<std::string(const char* name)>;

/// The proxy that libcurl uses for `url`, for messages: without user and password, and with the name of the variable
/// that it comes from. Empty when there is none. libcurl itself reads the setting and the variables; the rules are
/// those of its manual: http_proxy (lower case only), https_proxy or HTTPS_PROXY, otherwise all_proxy or ALL_PROXY; no
/// proxy for the hosts in no_proxy or NO_PROXY. Pure, except for `variable`.
std::string shown_proxy(const std::string& url, const ServerAccess& access, const Variable& variable);
/// The same with the variables of this process.
std::string shown_proxy(const std::string& url, const ServerAccess& access);

}  // namespace rimfs::http
