// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "base/byte_range.h"

namespace rimfs::fetch {

/// Two requests for one range: the first, and a second one for the missing bytes, sent when the first stalls. Each
/// delivers its bytes in order; bytes that the other has delivered are duplicates. The first to deliver a piece, or all
/// it was requested for, wins. Pure; one thread.
class Race {
 public:
  enum class Runner { first, second };

  /// Fewer bytes prove nothing: a connection that drips must not win.
  static constexpr ByteCount kPiece = 16_KiB;

  explicit Race(ByteRange range) : landed_(range.begin), lanes_{Lane{range.begin, range.end, {}}, Lane{}} {}

  /// The second request starts, for the first `bytes` of what is missing. May be repeated once it has ended.
  void second_starts(ByteCount bytes) {
    lanes_[1] = {landed_, std::min(landed_ + bytes, lanes_[0].end), {}};
    lanes_[0].since_start = {};
    twice_ = {};
    winner_.reset();
    running_ = true;
  }
  void second_ends() { running_ = false; }

  /// `who` delivers `bytes` more. Returns how many of them, at their end, are new.
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
  /// The winner of the race in progress, or of the last one.
  std::optional<Runner> winner() const { return winner_; }
  /// The duplicate bytes of that race.
  ByteCount twice() const { return twice_; }

 private:
  struct Lane {
    Offset position;        // the offset of its next byte
    Offset end;             // the end of its requested range
    ByteCount since_start;  // delivered since the race began
  };

  Offset landed_;  // all bytes before this have landed; no lane is ahead of it
  std::array<Lane, 2> lanes_;
  bool running_ = false;
  std::optional<Runner> winner_;
  ByteCount twice_;
};

}  // namespace rimfs::fetch
