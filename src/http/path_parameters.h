// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::http {

/// A URL's path without the parameters of its segments ("/disk.img;jsessionid=...") whose names indicate a session or a
/// credential. For display: removing one parameter too many does little harm. Pure.
/// Sources: RFC 3986, section 3.3; Jakarta Servlet 6.0, section 7.1.3 ("jsessionid"); PHP's and ASP's ";sid=".
std::string without_path_secrets(std::string_view path);

}  // namespace rimfs::http
