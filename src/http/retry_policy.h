// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

namespace rimfs::http {

/// Schedules retries after a failure that may pass: exponential backoff with full jitter
/// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), never sooner than the server's
/// Retry-After, never past the deadline. A retry that would come too late is made a last time shortly before the
/// deadline: servers that request an hour, a date, or a minute when half a minute is left, often work again earlier.
/// Pure: time and random numbers are passed in.
class RetryPolicy {
 public:
  using Duration = std::chrono::milliseconds;

  explicit RetryPolicy(Duration deadline) : deadline_(deadline) {}

  struct Failure {
    unsigned attempt;                     ///< The number of the failed attempt; 1 for the first.
    Duration elapsed;                     ///< The time since the first failure without progress.
    std::optional<Duration> retry_after;  ///< The wait that the server requested.
    double chance;                        ///< A random number, uniform in [0, 1).
  };

  /// The wait before the next attempt; nothing when no attempt is left.
  std::optional<Duration> next_delay(const Failure& failure) const;

 private:
  Duration deadline_;
};

}  // namespace rimfs::http
