// SPDX-License-Identifier: MIT
#include "http/retry_policy.h"

#include <algorithm>

namespace rimfs::http {
namespace {

/// One lost packet or one busy worker has recovered after this time; a restarting server needs several doublings.
constexpr RetryPolicy::Duration kFirst{100};
constexpr RetryPolicy::Duration kLongest{5000};

/// The time for the last attempt: an eighth of the deadline, which is enough for a block on a slow link, and at most
/// kLongest.
constexpr int kLastPart = 8;

}  // namespace

std::optional<RetryPolicy::Duration> RetryPolicy::next_delay(const Failure& failure) const {
  const unsigned doublings = std::min(failure.attempt - 1, 10u);
  const Duration ceiling = std::min(kLongest, kFirst * (1u << doublings));
  const auto jittered = Duration(static_cast<Duration::rep>(static_cast<double>(ceiling.count()) * failure.chance));
  const Duration delay = std::max(jittered + Duration(1), failure.retry_after.value_or(Duration(0)));
  const Duration last_attempt = deadline_ - std::min(kLongest, deadline_ / kLastPart);
  if (failure.elapsed >= last_attempt) return std::nullopt;
  return std::min(delay, last_attempt - failure.elapsed);
}

}  // namespace rimfs::http
