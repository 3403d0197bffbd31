// SPDX-License-Identifier: MIT
#include "http/probe_plan.h"

#include <algorithm>
#include <tuple>

namespace rimfs::http {
namespace {

/// The part of the deadline (a quarter) in which other addresses can contradict one with another version of the file.
constexpr unsigned kPartToContradict = 4;

}  // namespace

ProbePlan::ProbePlan(const std::vector<std::size_t>& order, Duration retry_deadline, Duration one_try, Jitter& jitter)
    : deadline_(retry_deadline.count() > 0 ? retry_deadline : one_try) {
  for (const std::size_t which : order) candidates_.push_back({which, Backoff(retry_deadline, jitter)});
}

/// Selects the first address that was not tried yet, otherwise the one that may be retried soonest.
std::optional<ProbePlan::Step> ProbePlan::next(Time now) {
  const auto sooner = [now](const Candidate& a, const Candidate& b) {
    return std::make_tuple(a.attempts > 0, std::max(a.not_before, now)) <
           std::make_tuple(b.attempts > 0, std::max(b.not_before, now));
  };
  const auto found = std::min_element(candidates_.begin(), candidates_.end(), sooner);
  if (found == candidates_.end()) return std::nullopt;
  current_ = static_cast<std::size_t>(found - candidates_.begin());
  const Duration delay = std::chrono::ceil<Duration>(std::max(found->not_before, now) - now);
  const Duration rest = left(now) - delay;
  if (rest.count() <= 0) return std::nullopt;
  const Step step{found->which, delay, limit_of(*found, rest)};
  ++found->attempts;
  return step;
}

ProbePlan::Duration ProbePlan::left(Time now) const {
  return until_ ? std::chrono::duration_cast<Duration>(*until_ - now) : deadline_;
}

/// Divides the remaining time so that every address that was not tried yet gets its turn.
ProbePlan::Duration ProbePlan::limit_of(const Candidate& candidate, Duration left) const {
  if (is_last()) return left;
  const Duration part = std::max(kLeast, deadline_ / kPart) * (1u << std::min(candidate.attempts, 10u));
  const auto unrequested =
      std::count_if(candidates_.begin(), candidates_.end(), [](const Candidate& one) { return one.attempts == 0; });
  return std::max(Duration(1), std::min(part, left / std::max<Duration::rep>(1, unrequested)));
}

void ProbePlan::note_sent(Duration took, Time now) {
  if (!until_) until_ = now - took + deadline_;
}

void ProbePlan::failed(const Rejection& failure, std::optional<std::chrono::seconds> retry_after, Duration took,
                       Time now) {
  note_sent(took, now);
  Candidate& candidate = candidates_[current_];
  const auto delay = candidate.backoff.after(failure, retry_after, now);
  if (delay) {
    candidate.not_before = now + *delay;
  } else {
    candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(current_));
  }
}

void ProbePlan::set_aside(Duration took, Time now) {
  note_sent(took, now);
  candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(current_));
  until_ = std::min(*until_, now + deadline_ / kPartToContradict);
}

}  // namespace rimfs::http
