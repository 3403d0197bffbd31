// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

namespace rimfs::http {

/// When to ask again after a failure that may pass: exponential backoff with full jitter
/// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), never sooner than the server's
/// Retry-After, never past the deadline. What would come later is tried a last time shortly before it: servers that ask
/// for an hour, for a date, or for a minute when half of one is left, are often well before. Pure: time and chance are
/// given to it.
class RetryPolicy {
 public:
  using Duration = std::chrono::milliseconds;

  explicit RetryPolicy(Duration deadline) : deadline_(deadline) {}

  struct Failure {
    unsigned attempt;                     ///< 1 for the first.
    Duration elapsed;                     ///< Since the first failure without any progress.
    std::optional<Duration> retry_after;  ///< What the server asked for.
    double chance;                        ///< Uniform in [0, 1).
  };

  /// How long to wait before the next attempt; nothing when the last one was made.
  std::optional<Duration> next_delay(const Failure& failure) const;

 private:
  Duration deadline_;
};

}  // namespace rimfs::http
