// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::http {

/// A URL's path without those parameters of its segments ("/disk.img;jsessionid=...") whose names speak of a session or
/// credential. For what is shown: a name too many costs a reader little. Pure.
/// Sources: RFC 3986, section 3.3; Jakarta Servlet 6.0, section 7.1.3 ("jsessionid"); PHP's and ASP's ";sid=".
std::string without_path_secrets(std::string_view path);

}  // namespace rimfs::http
