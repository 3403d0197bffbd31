// SPDX-License-Identifier: MIT
#include "http/backoff.h"

namespace rimfs::http {
namespace {

/// A reply that contradicts itself this often in a row is what this server always says.
constexpr unsigned kCorruptRepliesBelieved = 6;

}  // namespace

std::optional<RetryPolicy::Duration> Backoff::after(const Rejection& failure,
                                                    std::optional<std::chrono::seconds> retry_after,
                                                    Clock::time_point now) {
  if (attempt_++ == 0) first_failure_ = now;
  if (!failure.retry) return std::nullopt;
  if (failure.kind == ErrorKind::corrupt && attempt_ >= kCorruptRepliesBelieved) return std::nullopt;
  const double chance = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  const auto elapsed = std::chrono::duration_cast<RetryPolicy::Duration>(now - first_failure_);
  return policy_.next_delay({attempt_, elapsed, retry_after, chance});
}

}  // namespace rimfs::http
