// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace rimfs::http {

/// Authorises each request by headers that are computed from it, such as a signature. Part of a login's credentials
/// (Login::Credentials). Immutable; any thread. Pure: the caller names the time.
class Signer {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// What is signed of a request; refers to the request.
  struct Signed {
    std::string_view method;
    const std::string& url;
    std::string_view body;
    std::span<const Secret> headers{};  ///< Those that the user added, "Name: value".
  };

  virtual ~Signer() = default;

  /// The headers, "Name: value", that the request must carry, in addition to its own, when it is sent `now`. May be
  /// none.
  virtual std::vector<Secret> sign(const Signed& request, Time now) const = 0;

  /// The URL to request in place of a URL of the user: the same one, or one at a server that the signer knows to be
  /// responsible for it, and that may see the credentials too.
  virtual std::string place_of(const std::string& url) const { return url; }
};

}  // namespace rimfs::http
