// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/units.h"
#include "http/stall_detector.h"

namespace rimfs::http {

/// The progress of a range request: what it waits for, and since when. Passive: the request reports to it, and the
/// sender of the request reads it. Waits are recorded in the server's StallDetector. Reactor only; outlives the
/// request.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Wait = StallDetector::Wait;

  /// The unit of progress. Fewer bytes do not count: a connection that drips also stalls.
  static constexpr ByteCount kPiece = 16_KiB;

  // For the request.

  /// The request was sent; called again after a redirect. `stalls` is the server's detector.
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
  /// `whole`: the whole body arrived.
  void ended(bool whole) {
    if (stalls_ && begun_ && whole && sample_ >= kSample / 4) note_sample();
    stalls_ = nullptr;
  }

  // For the observer.

  /// The current threshold; nothing when the request does not wait, or too little is known about waits at this server.
  std::optional<Wait> stall_threshold() const {
    if (!stalls_) return std::nullopt;
    return begun_ ? stalls_->piece_threshold() : stalls_->reply_threshold();
  }
  /// The time since the request was sent, or since the last piece.
  Wait waited(Time now) const { return std::chrono::duration_cast<Wait>(now - since_); }

  /// Ends the request, whatever arrives. Its wait is recorded up to now.
  void give_up(Time now) {
    given_up_ = true;
    if (!stalls_) return;
    if (begun_) stalls_->piece_came(waited(now));
    if (!begun_) stalls_->reply_began(waited(now));
    stalls_ = nullptr;
  }
  bool given_up() const { return given_up_; }

 private:
  /// The longest wait in this much of a body is one sample, so a stall must be rarer than one in 100 MiB. If every wait
  /// were a sample, one in 100 pieces would count as stalled, which is about a hundred times as many.
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

  StallDetector* stalls_ = nullptr;  // set while the request waits
  bool begun_ = false;               // the body has begun
  bool given_up_ = false;
  Time since_{};
  ByteCount piece_;   // bytes since then
  ByteCount sample_;  // bytes of the body since the last sample
  Wait longest_{};    // in this sample
};

}  // namespace rimfs::http
