// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rimfs::http {

/// The cookies of one server, as requests carry them. A server may set several: its own session's, and one
/// with which a load balancer finds the machine that holds the session. All are sent back; a newer value replaces an
/// older one of the same name (RFC 6265, section 5.3). Paths, domains and lifetimes are not kept: the cookies belong to
/// one server and one login or source. A value; holds secrets.
class Cookies {
 public:
  Cookies() = default;
  /// From a header: "name=value; name=value".
  explicit Cookies(std::string_view header);

  /// Takes the "name=value" of a Set-Cookie, the value with its quotes. An empty value removes the cookie. Text without
  /// "=" is no cookie, and one that is too long is not kept.
  void set(std::string_view pair);
  /// Takes each of them in turn.
  void set_all(const std::vector<std::string>& pairs);

  /// Where a request goes.
  struct Target {
    std::string host;
    std::string path;
    bool https = false;
  };
  /// The cookies that a request there gets (RFC 6265, section 5.4) of lines in Netscape's form, as
  /// curl_easy_getinfo(CURLINFO_COOKIELIST) returns them. Expired ones are not among those.
  static Cookies of_jar(const std::vector<std::string>& lines, const Target& target);

  /// Removes those whose names `others` has, too.
  void remove(const Cookies& others);

  bool empty() const { return pairs_.empty(); }
  /// The value of the Cookie header: "name=value; name=value".
  std::string header() const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;  // in the order in which their names came first
};

}  // namespace rimfs::http
