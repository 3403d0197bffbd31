// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/units.h"

namespace rimfs::http {

/// How many bytes a server sends in one reply at most, learned from its replies: a 206 may have only a part of the
/// range (RFC 9110, section 15.3.7), and some servers and proxies never send more than 64 KiB to 1 MiB. Requests that
/// are no longer than that can run side by side; a longer one brings its parts one after the other. Pure; one thread.
class ReplyLimit {
 public:
  /// After so many complete replies a longer range is tried, because the limit may be gone.
  static constexpr unsigned kRepliesBeforeTrial = 256;

  /// A complete reply to a request for `requested` bytes had `sent` of them. Two short replies in a row with the same
  /// length are a limit; lengths that differ have other reasons, such as pieces of a cache.
  void replied(ByteCount requested, ByteCount sent) {
    if (sent < requested) {
      if (last_short_ == sent) limit_ = sent;
      last_short_ = sent;
      replies_ = 0;
    } else if (limit_ && sent > *limit_) {
      limit_.reset();
      last_short_.reset();
    } else if (limit_) {
      ++replies_;
    }
  }

  /// The longest range to request; nothing when there is no limit.
  std::optional<ByteCount> longest() const { return limit_ && replies_ < kRepliesBeforeTrial ? limit_ : std::nullopt; }

 private:
  std::optional<ByteCount> limit_;
  std::optional<ByteCount> last_short_;  // the length of the last short reply
  unsigned replies_ = 0;                 // complete ones since the last short one
};

}  // namespace rimfs::http
