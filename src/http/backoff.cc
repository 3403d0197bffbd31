// SPDX-License-Identifier: MIT
#include "http/backoff.h"

namespace rimfs::http {
namespace {

/// A failure that rarely passes is final when it occurs this often in a row. Other failures do not count: six refused
/// connections of a restarting server carry no information about a 404 after them.
constexpr unsigned kBriefAttempts = 6;
/// An attempt that transfers this much shows that the server works, so the next attempt waits only briefly.
constexpr ByteCount kUsefulTry = 64_KiB;
/// After this much progress in total the deadline restarts.
constexpr ByteCount kRealProgress = 4_MiB;

}  // namespace

std::optional<RetryPolicy::Duration> Backoff::after(const Rejection& failure,
                                                    std::optional<std::chrono::seconds> retry_after,
                                                    Clock::time_point now) {
  if (attempt_++ == 0) first_failure_ = now;
  if (!failure.retry) return std::nullopt;
  brief_ = failure.briefly ? brief_ + 1 : 0;
  if (brief_ >= kBriefAttempts) return std::nullopt;
  const auto elapsed = std::chrono::duration_cast<RetryPolicy::Duration>(now - first_failure_);
  return policy_.next_delay({attempt_, elapsed, retry_after, jitter_->next()});
}

void Backoff::progressed(ByteCount bytes) {
  since_deadline_ += bytes;
  if (bytes >= kUsefulTry) brief_ = 0;
  if (bytes >= kUsefulTry && attempt_ > 1) attempt_ = 1;
  if (since_deadline_ < kRealProgress) return;
  since_deadline_ = {};
  attempt_ = 0;
  brief_ = 0;
}

}  // namespace rimfs::http
