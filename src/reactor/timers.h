// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace rimfs::reactor {

/// One-shot callbacks in the order of their deadlines; equal deadlines in the order of their addition. Passive: the
/// loop passes the time. One thread. Owns the callbacks; they may add and cancel timers.
class Timers {
 public:
  using Id = std::uint64_t;  ///< The identifier of a timer; never 0, never reused.
  using Time = std::chrono::steady_clock::time_point;

  Id add(Time deadline, std::function<void()> f) {
    const Id id = next_id_++;
    deadlines_.emplace(id, deadline);
    queue_.emplace(Key(deadline, id), std::move(f));
    return id;
  }

  /// Has no effect if the timer has run or was cancelled.
  void cancel(Id id) {
    const auto found = deadlines_.find(id);
    if (found == deadlines_.end()) return;
    const std::function<void()> doomed = remove(Key(found->second, id));  // destroyed after both maps are updated
  }

  std::optional<Time> next_deadline() const {
    if (queue_.empty()) return std::nullopt;
    return queue_.begin()->first.first;
  }

  /// Runs all timers due at `now`, except those that these callbacks add.
  void run_due(Time now) {
    const Id first_new = next_id_;
    while (!queue_.empty()) {
      const Key key = queue_.begin()->first;
      if (key.first > now || key.second >= first_new) return;
      const std::function<void()> f = remove(key);
      f();
    }
  }

 private:
  using Key = std::pair<Time, Id>;

  std::function<void()> remove(Key key) {
    auto node = queue_.extract(key);
    deadlines_.erase(key.second);
    return std::move(node.mapped());
  }

  std::map<Key, std::function<void()>> queue_;
  std::unordered_map<Id, Time> deadlines_;
  Id next_id_ = 1;
};

}  // namespace rimfs::reactor
