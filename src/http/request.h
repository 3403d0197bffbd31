// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_range.h"
#include "http/progress.h"
#include "http/reply.h"

namespace rimfs::http {

/// What is asked of a server: a range of a file, a whole document, or a POST. A value.
struct Request {
  /// Decides about a reply's head, before its body; nothing means that the body is wanted.
  using HeadCheck = std::function<std::optional<Rejection>(const ReplyHead&)>;

  explicit Request(HeadCheck check_head) : check(std::move(check_head)) {}

  HeadCheck check;
  /// True: the head says something new, and even a framed body counts only once it has ended. May be empty.
  std::function<bool(const ReplyHead&)> provisional;
  /// Decides about the head again when a body that was held has ended, before it counts. May be empty.
  HeadCheck confirm;
  std::optional<ByteRange> range;                       ///< Nothing: all of it.
  ByteCount most = 64_MiB;                              ///< The longest body that is taken when there is no range.
  std::optional<std::string> post;                      ///< The body of a POST; nothing: a GET.
  std::vector<std::string> headers;                     ///< "Name: value", beside those of the address.
  std::optional<std::chrono::milliseconds> time_limit;  ///< For the whole of it; nothing: only stalls end it.
  Progress* progress = nullptr;                         ///< Whoever watches it; outlives the request.
  bool own_connection = false;                          ///< Not on one that other requests share (HTTP/2).
  /// Of attempts that were sent and whose fate is unknown, for what must not be done often; nothing: no limit.
  std::optional<unsigned> most_lost;
  bool during_shutdown = false;  ///< A logout: sent once, even after Client::cancel_all().
};

}  // namespace rimfs::http
