// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace rimfs::http {

/// Finds the number of concurrent requests that a network path can use. Each change is a trial, judged by the next
/// window: an increase is kept when it raised the throughput, a decrease when it cost none. The number doubles at first
/// (slow start: Jacobson 1988), then changes in small steps. It decreases when replies begin clearly later than
/// possible, which indicates a queue at a bottleneck (TCP Vegas: Brakmo and Peterson 1995). Pure; one thread.
class LoadControl {
 public:
  using Delay = std::chrono::microseconds;

  /// The measurements of a time in which all allowed requests were in use.
  struct Window {
    double goodput;              ///< The bytes a second of all requests together.
    std::optional<Delay> delay;  ///< The least delay from request to reply of several; a queue delays every reply, a
                                 ///< busy machine only some. Nothing when too few replies began.
    Delay least;                 ///< The shortest delay measured recently.
  };

  /// The number never falls below `least`. It falls below `start`, its initial value, only when a long queue is
  /// evident.
  LoadControl(unsigned least, unsigned start) : least_(least), start_(start) {}

  /// The number to allow now, at most `most`; `allowed` requests were allowed in this window.
  unsigned judge(unsigned allowed, const Window& window, unsigned most) {
    if (was_ != 0) {
      const bool grew = allowed > was_;
      const bool keep = window.goodput >= goodput_ * (grew ? kGain : kLoss);
      note(grew, keep);
      const unsigned before = std::exchange(was_, 0);
      if (!keep) return std::min(before, most);
      if (grew && is_late(window, allowed)) {  // the throughput rose, but now requests queue
        starting_ = false;
        return allowed;
      }
    }
    goodput_ = window.goodput;
    ++windows_since_trial_;
    const unsigned next = is_late(window, allowed) ? fewer(allowed) : more(allowed, most);
    if (next != allowed) {
      was_ = allowed;
      windows_since_trial_ = 0;
    }
    return next;
  }

  /// Ends the trial without a result, because not all allowed requests were used, or the number was changed elsewhere.
  /// Returns the number to allow now.
  unsigned abandon(unsigned allowed) {
    const unsigned before = std::exchange(was_, 0);
    if (before == 0 || before > allowed) return allowed;
    growth_pause_ = std::clamp(growth_pause_ * 2, kFirstPause, kLongestPause);
    return before;
  }

  /// A rise of the delay below this is ignored: a busy machine alone causes some milliseconds.
  static constexpr Delay kLeastRise = std::chrono::milliseconds(10);
  static constexpr int kRisePart = 4;  // and a quarter of the least delay
  /// With few requests, a queue does little harm, and removing one of four costs a quarter. So the number is reduced
  /// only when the delay has more than doubled and risen by more than this.
  static constexpr Delay kPlainRise = std::chrono::milliseconds(50);

 private:
  /// An increase is kept when the throughput rises by a twentieth, a decrease unless it falls by a twentieth. Smaller
  /// differences are noise.
  static constexpr double kGain = 1.05;
  static constexpr double kLoss = 0.95;
  /// The number of windows until the next trial of the same kind; doubled after each failed trial.
  static constexpr unsigned kFirstPause = 4;
  static constexpr unsigned kLongestPause = 64;
  /// A step is an eighth of the allowed number, so that its effect exceeds the noise.
  static constexpr unsigned kStepPart = 8;

  bool is_late(const Window& window, unsigned allowed) const {
    if (!window.delay) return false;
    const Delay enough = allowed > start_ ? std::max(kLeastRise, window.least / kRisePart) : window.least + kPlainRise;
    return *window.delay - window.least > enough;
  }
  static unsigned step(unsigned allowed) { return std::max(1u, allowed / kStepPart); }

  unsigned more(unsigned allowed, unsigned most) const {
    if (windows_since_trial_ < growth_pause_) return allowed;
    if (starting_) return std::max(allowed, std::min(most, allowed * 2));
    return std::max(allowed, std::min(most, allowed + step(allowed)));
  }
  unsigned fewer(unsigned allowed) {
    starting_ = false;
    if (windows_since_trial_ < shrink_pause_) return allowed;
    return std::min(allowed, std::max(least_, allowed - step(allowed)));
  }
  void note(bool grew, bool kept) {
    unsigned& pause = grew ? growth_pause_ : shrink_pause_;
    if (kept) pause = 1;
    if (!kept) pause = std::clamp(pause * 2, kFirstPause, kLongestPause);
    if (!kept) starting_ = false;
  }

  const unsigned least_;
  const unsigned start_;
  bool starting_ = true;
  unsigned was_ = 0;    // allowed before the current trial; 0: no trial
  double goodput_ = 0;  // the throughput before the trial
  unsigned windows_since_trial_ = 0;
  unsigned growth_pause_ = 1;
  unsigned shrink_pause_ = 1;
};

}  // namespace rimfs::http
