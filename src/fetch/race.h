// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "base/byte_range.h"

namespace rimfs::fetch {

/// Two requests for one range: the one that was sent first, and a second one for what is missing when that stalls. Each
/// brings its bytes in order; those that the other has brought are not wanted again. The first to bring a piece, or all
/// it was asked for, has won. Pure; one thread.
class Race {
 public:
  enum class Runner { first, second };

  /// Of less nothing can be said: a connection that drips must not win.
  static constexpr ByteCount kPiece = 16_KiB;

  explicit Race(ByteRange range) : landed_(range.begin), lanes_{Lane{range.begin, range.end, {}}, Lane{}} {}

  /// The second one starts, for the first `bytes` of what is missing. May be repeated once it has ended.
  void second_starts(ByteCount bytes) {
    lanes_[1] = {landed_, std::min(landed_ + bytes, lanes_[0].end), {}};
    lanes_[0].since_start = {};
    twice_ = {};
    winner_.reset();
    running_ = true;
  }
  void second_ends() { running_ = false; }

  /// `who` brings `bytes` more. How many of them, at their end, are new.
  ByteCount accept(Runner who, ByteCount bytes) {
    Lane& lane = lanes_[static_cast<std::size_t>(who)];
    lane.position += bytes;
    lane.since_start += bytes;
    const ByteCount fresh = std::min(bytes, lane.position - landed_);
    landed_ += fresh;
    twice_ += bytes - fresh;
    const bool wins = lane.since_start >= kPiece || lane.position >= lane.end;
    if (running_ && !winner_ && wins) winner_ = who;
    return fresh;
  }

  bool running() const { return running_; }
  /// Of the race that runs or ran last.
  std::optional<Runner> winner() const { return winner_; }
  /// What came twice in that race.
  ByteCount twice() const { return twice_; }

 private:
  struct Lane {
    Offset position;        // of the next byte it brings
    Offset end;             // of what it was asked for
    ByteCount since_start;  // brought since the race began
  };

  Offset landed_;  // all before this is there; no lane is ahead of it
  std::array<Lane, 2> lanes_;
  bool running_ = false;
  std::optional<Runner> winner_;
  ByteCount twice_;
};

}  // namespace rimfs::fetch
