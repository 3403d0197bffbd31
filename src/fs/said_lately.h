// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace rimfs::fs {

/// Which sentences were logged a short time ago, the last one of each file. Remembers kMost files at most, the newest,
/// and none for longer than kQuietTime: names of files come from the callers of lookup(), who may try any number. Pure;
/// one thread at a time.
class SaidLately {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kQuietTime{10};
  static constexpr std::size_t kMost = 512;

  /// True when the last sentence about `file` was `text`, and is not older than kQuietTime. Otherwise it is now.
  bool check_and_note(const std::string& file, std::string_view text, Time now) {
    forget_old(now);
    const std::size_t sentence = std::hash<std::string_view>()(text);
    const auto [place, is_new] = last_.try_emplace(file, Said{sentence, now});
    if (!is_new && place->second.sentence == sentence) return true;
    place->second = Said{sentence, now};
    order_.push_back({file, now});
    return false;
  }

  std::size_t size() const { return order_.size(); }

 private:
  struct Said {
    std::size_t sentence;
    Time when;
  };
  struct Note {
    std::string file;
    Time when;
  };

  void forget_old(Time now) {
    while (!order_.empty() && (order_.size() >= kMost || now - order_.front().when >= kQuietTime)) {
      const auto found = last_.find(order_.front().file);
      const bool newest = found != last_.end() && found->second.when == order_.front().when;
      if (newest) last_.erase(found);
      order_.pop_front();
    }
  }

  std::unordered_map<std::string, Said> last_;
  std::deque<Note> order_;  // by time; a file may be there several times
};

}  // namespace rimfs::fs
