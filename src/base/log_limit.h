// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rimfs {

/// Limits the rate of similar log lines. The first lines of each kind in a minute are admitted; the others are counted
/// and summarised when that minute is over. Pure: the caller passes the time. One thread.
class LogLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Enough to show how a failure begins. A server that is down causes about eight lines a second for one reader.
  static constexpr unsigned kLines = 5;
  static constexpr std::chrono::seconds kWindow{60};
  /// The kinds are pairs of server and kind of failure, which are few. Kinds beyond this number share one limit.
  static constexpr std::size_t kKinds = 256;

  struct Summary {
    std::string kind;
    std::uint64_t left_out;
  };

  /// True when a line of this kind should be written now.
  bool admit(const std::string& kind, Time now) {
    const bool known = windows_.size() < kKinds || windows_.count(kind) > 0;
    Window& window = windows_.try_emplace(known ? kind : std::string(kOthers), Window{now, 0, 0}).first->second;
    if (window.lines < kLines) {
      ++window.lines;
      return true;
    }
    ++window.left_out;
    return false;
  }

  /// Removes the windows that are over and returns their counts of omitted lines. Call it before admit(), or from a
  /// timer.
  std::vector<Summary> close_windows(Time now) {
    std::vector<Summary> summaries;
    std::erase_if(windows_, [&](const auto& entry) {
      const auto& [kind, window] = entry;
      if (now - window.begun < kWindow) return false;
      if (window.left_out > 0) summaries.push_back({kind, window.left_out});
      return true;
    });
    return summaries;
  }

  /// Removes all windows and returns their counts, for shutdown.
  std::vector<Summary> close_all() { return close_windows(Time::max()); }
  bool empty() const { return windows_.empty(); }

 private:
  static constexpr const char* kOthers = "other servers";

  struct Window {
    Time begun;
    unsigned lines;
    std::uint64_t left_out;
  };
  std::map<std::string, Window> windows_;
};

}  // namespace rimfs
