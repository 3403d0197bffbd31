// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace rimfs::http {

/// Finds how many requests at once a way to a server can use. Each change is a trial, judged by what the next window
/// shows: more requests are kept when they brought more bytes, fewer when they cost none. Doubles at first (slow start:
/// Jacobson 1988), then goes in small steps; fewer when replies begin clearly later than they could, which is what a
/// queue at a bottleneck does (TCP Vegas: Brakmo and Peterson 1995). Pure; one thread.
class LoadControl {
 public:
  using Delay = std::chrono::microseconds;

  /// What was seen while all that was allowed was in use.
  struct Window {
    double goodput;              ///< Bytes a second, of all together.
    std::optional<Delay> delay;  ///< From a request to its reply, the least of several: a queue delays
                                 ///< every reply, a busy machine only some. Nothing when too few began.
    Delay least;                 ///< The least lately.
  };

  /// Never fewer than `least`; fewer than `start`, with which it begins, only when a long queue is plain to see.
  LoadControl(unsigned least, unsigned start) : least_(least), start_(start) {}

  /// How many to allow now, when `allowed` were allowed in this window; `most` at most.
  unsigned judge(unsigned allowed, const Window& window, unsigned most) {
    if (was_ != 0) {
      const bool grew = allowed > was_;
      const bool keep = window.goodput >= goodput_ * (grew ? kGain : kLoss);
      note(grew, keep);
      const unsigned before = std::exchange(was_, 0);
      if (!keep) return std::min(before, most);
      if (grew && is_late(window, allowed)) {  // they brought more, but now they queue
        starting_ = false;
        return allowed;
      }
    }
    goodput_ = window.goodput;
    ++rested_;
    const unsigned next = is_late(window, allowed) ? fewer(allowed) : more(allowed, most);
    if (next != allowed) {
      was_ = allowed;
      rested_ = 0;
    }
    return next;
  }

  /// Nobody used all that was allowed, or somebody else changed it: the trial says nothing. How many to allow now.
  unsigned abandon(unsigned allowed) {
    const unsigned before = std::exchange(was_, 0);
    if (before == 0 || before > allowed) return allowed;
    growth_rest_ = std::clamp(growth_rest_ * 2, kFirstRest, kLongestRest);
    return before;
  }

  /// Replies begin this much later than they could before that says anything. A busy machine alone makes some ms.
  static constexpr Delay kLeastRise = std::chrono::milliseconds(10);
  static constexpr int kRisePart = 4;  // and a quarter of the least delay
  /// Few requests do no harm, and taking one of four costs a quarter: only a delay that has more than doubled, and
  /// risen by more than this, is worth it.
  static constexpr Delay kPlainRise = std::chrono::milliseconds(50);

 private:
  /// More requests are kept when they bring a twentieth more, fewer unless they bring a twentieth less. Below that is
  /// noise.
  static constexpr double kGain = 1.05;
  static constexpr double kLoss = 0.95;
  /// Windows until the next trial of a kind, doubled each time that one fails.
  static constexpr unsigned kFirstRest = 4;
  static constexpr unsigned kLongestRest = 64;
  /// A step is an eighth of what is allowed: what it brings or costs stands out from the noise.
  static constexpr unsigned kStepPart = 8;

  bool is_late(const Window& window, unsigned allowed) const {
    if (!window.delay) return false;
    const Delay enough = allowed > start_ ? std::max(kLeastRise, window.least / kRisePart) : window.least + kPlainRise;
    return *window.delay - window.least > enough;
  }
  static unsigned step(unsigned allowed) { return std::max(1u, allowed / kStepPart); }

  unsigned more(unsigned allowed, unsigned most) const {
    if (rested_ < growth_rest_) return allowed;
    if (starting_) return std::max(allowed, std::min(most, allowed * 2));
    return std::max(allowed, std::min(most, allowed + step(allowed)));
  }
  unsigned fewer(unsigned allowed) {
    starting_ = false;
    if (rested_ < shrink_rest_) return allowed;
    return std::min(allowed, std::max(least_, allowed - step(allowed)));
  }
  void note(bool grew, bool kept) {
    unsigned& rest = grew ? growth_rest_ : shrink_rest_;
    if (kept) rest = 1;
    if (!kept) rest = std::clamp(rest * 2, kFirstRest, kLongestRest);
    if (!kept) starting_ = false;
  }

  const unsigned least_;
  const unsigned start_;
  bool starting_ = true;
  unsigned was_ = 0;     // allowed before the trial that is under way; 0: none is
  double goodput_ = 0;   // then
  unsigned rested_ = 0;  // windows since the last trial
  unsigned growth_rest_ = 1;
  unsigned shrink_rest_ = 1;
};

}  // namespace rimfs::http
