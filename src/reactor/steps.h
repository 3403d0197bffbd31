// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/thread_safety.h"
#include "base/work.h"

namespace rimfs::reactor {

/// A source position, by default that of the call.
struct Where {
  constexpr Where(const char* in = __builtin_FILE(), int at = __builtin_LINE()) : file(in), line(at) {}

  const char* file;
  int line;
};

/// Measures the steps of an event loop: callbacks, posted functions, resumed coroutines. Nothing else runs during a
/// step, so the longest step bounds the delay of all others. Loop's thread only, except where marked.
class Steps {
 public:
  using Clock = std::chrono::steady_clock;

  struct Longest {
    Clock::duration time{};
    Where caller{"", 0};  ///< The position where the step was posted, watched for or waited for.
  };

  /// Runs `f` as one step. An exception ends the program, because it would leave the loop in the middle of a turn.
  template <typename F, typename... Args>
  void run(Where caller, F& f, Args... args) noexcept {
    const std::uint64_t items = work_done();
    const Clock::time_point begin = Clock::now();
    f(args...);
    note(caller, Clock::now() - begin, work_done() - items);
  }

  /// The longest step so far. Any thread.
  Longest longest() const {
    const MutexLock lock(mutex_);
    return longest_;
  }
  /// The largest number of items (base/work.h) that one step processed. Any thread.
  std::uint64_t most_items() const {
    const MutexLock lock(mutex_);
    return most_items_;
  }

 private:
  /// Takes the lock only when a maximum changes.
  void note(Where caller, Clock::duration time, std::uint64_t items) {
    if (time <= longest_known_ && items <= most_known_) return;
    const MutexLock lock(mutex_);
    if (time > longest_known_) {
      longest_known_ = time;
      longest_ = {time, caller};
    }
    if (items > most_known_) most_items_ = most_known_ = items;
  }

  Clock::duration longest_known_{};
  std::uint64_t most_known_ = 0;

  mutable Mutex mutex_;  // innermost: no other lock is taken while it is held
  Longest longest_ RIMFS_GUARDED_BY(mutex_);
  std::uint64_t most_items_ RIMFS_GUARDED_BY(mutex_) = 0;
};

/// The path below src/, for display: "image/namespace.cc".
inline std::string_view below_src(const char* file) {
  const std::string_view path(file);
  const std::size_t src = path.rfind("src/");
  return src == std::string_view::npos ? path : path.substr(src + 4);
}

}  // namespace rimfs::reactor
