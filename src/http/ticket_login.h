// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "http/reply.h"

namespace rimfs::http {

/// Whether requests to one server show the user's Kerberos ticket (Negotiate, RFC 4559). They do once the server has
/// offered it. After a refusal none is shown for a while: each try costs a request, and libcurl asks the KDC on the
/// reactor's thread, which can take seconds. A value; pure.
class TicketLogin {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The time without a try after a refusal. A user who runs kinit waits that long.
  static constexpr std::chrono::seconds kPause{30};

  /// A request showed the ticket, and the server answered 401; `problem`: why libcurl sent none, or what it found
  /// wrong.
  void refused(Time now, std::string problem) {
    refused_at_ = now;
    problem_ = std::move(problem);
  }
  bool may_try(Time now) const { return !refused_at_ || now - *refused_at_ >= kPause; }
  /// The problem of the last refusal; nothing when there was none.
  std::optional<std::string> problem() const { return refused_at_ ? std::optional(problem_) : std::nullopt; }

 private:
  std::optional<Time> refused_at_;
  std::string problem_;
};

/// The problem with the ticket that a line of libcurl's debug output tells; nothing when it is about something else.
/// Pure. Source: Curl_gss_log_error() in libcurl's curl_gssapi.c ("gss_init_sec_context() failed: ...").
std::optional<std::string> ticket_problem(std::string_view line);

/// What a user who logs in with a ticket should know about a 401, beside the schemes that it names. `shown`: the
/// problem of the ticket of this or an earlier request, which may be unknown (""); nothing: none was tried. Pure.
std::string ticket_advice(const ReplyHead& refusal, const std::optional<std::string>& shown);

}  // namespace rimfs::http
