// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "http/backoff.h"
#include "http/failures.h"

namespace rimfs::http {

/// Determines which of a file's addresses is probed next, when, and for how long. Each address is tried once before any
/// is retried. An address with alternatives gets only a part of the deadline, doubled with each try. One deadline
/// bounds all tries; it runs from the first request that was sent, so that a login may take its time. Pure except for
/// the jitter of retries; one thread.
class ProbePlan {
 public:
  using Time = Backoff::Clock::time_point;
  using Duration = std::chrono::milliseconds;

  /// The least time for an address with alternatives: enough for a handshake and a byte over a slow link.
  static constexpr Duration kLeast{1000};
  /// The part of a longer deadline for such an address. A reader that opens a file waits this long for a server that
  /// hangs.
  static constexpr unsigned kPart = 8;

  /// `order` contains the numbers of the addresses, the first one to try at the front. With a `retry_deadline` of 0
  /// each address is tried once, and all together have the time `one_try`. `jitter` outlives the plan.
  ProbePlan(const std::vector<std::size_t>& order, Duration retry_deadline, Duration one_try, Jitter& jitter);

  struct Step {
    std::size_t which;  ///< The address to probe.
    Duration delay;     ///< The wait before the request.
    Duration limit;     ///< The time limit of the request.
  };
  /// The next request; nothing when no try is left.
  std::optional<Step> next(Time now);

  /// Records that the request of the last step failed after the time `took`.
  void failed(const Rejection& failure, std::optional<std::chrono::seconds> retry_after, Duration took, Time now);
  /// Records that the request of the last step succeeded with a doubtful result: its address is not tried again, and
  /// the others get only a part of the deadline to contradict it.
  void set_aside(Duration took, Time now);

  /// True when at most one address is left to try.
  bool is_last() const { return candidates_.size() <= 1; }

 private:
  struct Candidate {
    std::size_t which;
    Backoff backoff;
    Time not_before{};
    unsigned attempts = 0;
  };
  Duration left(Time now) const;
  Duration limit_of(const Candidate& candidate, Duration left) const;
  void note_sent(Duration took, Time now);

  const Duration deadline_;
  std::vector<Candidate> candidates_;  // in the order of `order`
  std::size_t current_ = 0;            // the candidate of the last step
  std::optional<Time> until_;          // known once a request was sent
};

}  // namespace rimfs::http
