// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/units.h"
#include "http/stall_detector.h"

namespace rimfs::http {

/// How a range request comes on: what it waits for, and since when. Passive: the request tells it, and whoever made it
/// looks. What was waited goes to the server's StallDetector. Reactor only; outlives the request.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Wait = StallDetector::Wait;

  /// What is waited for. Fewer bytes are no progress: a connection that drips stalls, too.
  static constexpr ByteCount kPiece = 16_KiB;

  // For the request.

  /// Once more after a redirect. `stalls` is the server's.
  void sent(Time now, StallDetector& stalls) {
    stalls_ = &stalls;
    begun_ = false;
    next_piece(now);
  }
  void brought(ByteCount bytes, Time now) {
    if (!stalls_) return;
    if (!begun_) {
      begun_ = true;
      stalls_->reply_began(waited(now));
      start_sample();
      return next_piece(now);
    }
    piece_ += bytes;
    if (piece_ < kPiece) return;
    longest_ = std::max(longest_, waited(now));
    sample_ += piece_;
    if (sample_ >= kSample) note_sample();
    next_piece(now);
  }
  /// `whole`: all of it came.
  void ended(bool whole) {
    if (stalls_ && begun_ && whole && sample_ >= kSample / 4) note_sample();
    stalls_ = nullptr;
  }

  // For whoever watches it.

  /// Nothing when it waits for nothing, or nobody knows how long waits are here.
  std::optional<Wait> stall_threshold() const {
    if (!stalls_) return std::nullopt;
    return begun_ ? stalls_->piece_threshold() : stalls_->reply_threshold();
  }
  /// Since the request was sent, or since the last piece.
  Wait waited(Time now) const { return std::chrono::duration_cast<Wait>(now - since_); }

  /// The request is to end, whatever it brings. Its wait counts as far as it went.
  void give_up(Time now) {
    given_up_ = true;
    if (!stalls_) return;
    if (begun_) stalls_->piece_came(waited(now));
    if (!begun_) stalls_->reply_began(waited(now));
    stalls_ = nullptr;
  }
  bool given_up() const { return given_up_; }

 private:
  /// The longest wait in this much of a body is one sample: a stall has then to be rarer than one in 100 MiB. Taking
  /// every wait would call one in 100 pieces stalled, a hundred times as many.
  static constexpr ByteCount kSample = 1_MiB;

  void next_piece(Time now) {
    since_ = now;
    piece_ = {};
  }
  void start_sample() {
    sample_ = {};
    longest_ = {};
  }
  void note_sample() {
    stalls_->piece_came(longest_);
    start_sample();
  }

  StallDetector* stalls_ = nullptr;  // while it waits
  bool begun_ = false;               // the body has
  bool given_up_ = false;
  Time since_{};
  ByteCount piece_;   // that came since
  ByteCount sample_;  // of the body, since the last sample
  Wait longest_{};    // in this sample
};

}  // namespace rimfs::http
