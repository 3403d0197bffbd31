// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "http/jitter.h"
#include "http/reply.h"
#include "http/retry_policy.h"

namespace rimfs::http {

/// Counts the failures of one piece of work and asks the RetryPolicy what to do next. The deadline runs from the
/// first failure, and anew after real progress: a server that gives a few bytes a try must not keep a reader for
/// ever. One thread.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;

  /// `jitter` outlives it.
  Backoff(RetryPolicy::Duration deadline, Jitter& jitter) : policy_(deadline), jitter_(&jitter) {}

  /// How long to wait after this failure; nothing when the work is to be given up.
  std::optional<RetryPolicy::Duration> after(const Rejection& failure, std::optional<std::chrono::seconds> retry_after,
                                             Clock::time_point now);
  /// `bytes` arrived before the next failure.
  void progressed(ByteCount bytes);
  unsigned attempt() const { return attempt_; }

 private:
  RetryPolicy policy_;
  Jitter* jitter_;
  unsigned attempt_ = 0;
  unsigned brief_ = 0;  // failures that seldom pass, in a row
  ByteCount since_deadline_;
  Clock::time_point first_failure_{};
};

}  // namespace rimfs::http
