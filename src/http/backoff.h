// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "http/jitter.h"
#include "http/reply.h"
#include "http/retry_policy.h"

namespace rimfs::http {

/// Counts the failures of one operation and uses the RetryPolicy to schedule the next attempt. The deadline runs from
/// the first failure, and restarts after substantial progress: a server that sends a few bytes in each attempt must not
/// block a reader forever. One thread.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;

  /// `jitter` outlives the object.
  Backoff(RetryPolicy::Duration deadline, Jitter& jitter) : policy_(deadline), jitter_(&jitter) {}

  /// The wait before the next attempt; nothing when no attempt is left.
  std::optional<RetryPolicy::Duration> after(const Rejection& failure, std::optional<std::chrono::seconds> retry_after,
                                             Clock::time_point now);
  /// Records that `bytes` arrived before the next failure.
  void progressed(ByteCount bytes);
  unsigned attempt() const { return attempt_; }

 private:
  RetryPolicy policy_;
  Jitter* jitter_;
  unsigned attempt_ = 0;
  unsigned brief_ = 0;  // consecutive failures that rarely pass
  ByteCount since_deadline_;
  Clock::time_point first_failure_{};
};

}  // namespace rimfs::http
