// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "http/backoff.h"
#include "http/failures.h"

namespace rimfs::http {

/// Which of a file's addresses to ask what the file is, when, and for how long. Each is asked once before any is asked
/// again; an address that has alternatives gets a part of the deadline only, twice as much each time; one deadline
/// bounds all. It runs from when the first request was sent, so that a login may take its time. Pure but for the
/// jitter of retries; one thread.
class ProbePlan {
 public:
  using Time = Backoff::Clock::time_point;
  using Duration = std::chrono::milliseconds;

  /// What an address with alternatives gets: enough for a handshake and a byte over a slow link, and
  static constexpr Duration kLeast{1000};
  /// of longer deadlines this part. A reader who opens a file waits so long for a server that hangs.
  static constexpr unsigned kPart = 8;

  /// `order`: the numbers of the addresses, the one to ask first at the front. `retry_deadline`: 0: each is asked
  /// once, and all of them have the time of `one_try`. `jitter` outlives it.
  ProbePlan(const std::vector<std::size_t>& order, Duration retry_deadline, Duration one_try, Jitter& jitter);

  struct Step {
    std::size_t which;  ///< The address to ask,
    Duration delay;     ///< after this,
    Duration limit;     ///< and how long the request may take.
  };
  /// The next request; nothing when it is time to give up.
  std::optional<Step> next(Time now);

  /// The request of the last step failed, after it `took` so long.
  void failed(const Rejection& failure, std::optional<std::chrono::seconds> retry_after, Duration took, Time now);
  /// It succeeded, but its address is not asked again; the others have `part` of the deadline left.
  void set_aside(Duration took, Time now);

  /// True when no other address is left to ask.
  bool is_last() const { return candidates_.size() <= 1; }

 private:
  struct Candidate {
    std::size_t which;
    Backoff backoff;
    Time not_before{};
    unsigned asked = 0;
  };
  Duration left(Time now) const;
  Duration limit_of(const Candidate& candidate, Duration left) const;
  void note_sent(Duration took, Time now);

  const Duration deadline_;
  std::vector<Candidate> candidates_;  // in the order to ask
  std::size_t current_ = 0;            // the candidate of the last step
  std::optional<Time> until_;          // known once something was sent
};

}  // namespace rimfs::http
