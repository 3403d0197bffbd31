// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/units.h"
#include "http/patience.h"

namespace rimfs::http {

/// How a range request comes on: what it waits for, and since when. Passive: the request tells it, and whoever made it
/// looks. What was waited goes to the server's Patience. Reactor only; outlives the request.
class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Wait = Patience::Wait;

  /// What is waited for. Fewer bytes are no progress: a connection that drips stalls, too.
  static constexpr ByteCount kPiece = 16_KiB;

  // For the request.

  /// Once more after a redirect. `patience` is the server's.
  void sent(Time now, Patience& patience) {
    patience_ = &patience;
    begun_ = false;
    next_piece(now);
  }
  void brought(ByteCount bytes, Time now) {
    if (!patience_) return;
    if (!begun_) {
      begun_ = true;
      patience_->reply_began(waited(now));
      start_stretch();
      return next_piece(now);
    }
    piece_ += bytes;
    if (piece_ < kPiece) return;
    longest_ = std::max(longest_, waited(now));
    stretch_ += piece_;
    if (stretch_ >= kStretch) note_stretch();
    next_piece(now);
  }
  /// `whole`: all of it came.
  void ended(bool whole) {
    if (patience_ && begun_ && whole && stretch_ >= kStretch / 4) note_stretch();
    patience_ = nullptr;
  }

  // For whoever watches it.

  /// Nothing when it waits for nothing, or nobody knows how long waits are here.
  std::optional<Wait> patience() const {
    if (!patience_) return std::nullopt;
    return begun_ ? patience_->for_piece() : patience_->for_reply();
  }
  /// Since the request was sent, or since the last piece.
  Wait waited(Time now) const { return std::chrono::duration_cast<Wait>(now - since_); }

  /// The request is to end, whatever it brings. Its wait counts as far as it went.
  void give_up(Time now) {
    given_up_ = true;
    if (!patience_) return;
    if (begun_) patience_->piece_came(waited(now));
    if (!begun_) patience_->reply_began(waited(now));
    patience_ = nullptr;
  }
  bool given_up() const { return given_up_; }

 private:
  /// The longest wait in this much of a body is one sample: a stall has then to be rarer than one in 100 MiB. Taking
  /// every wait would call one in 100 pieces stalled, a hundred times as many.
  static constexpr ByteCount kStretch = 1_MiB;

  void next_piece(Time now) {
    since_ = now;
    piece_ = {};
  }
  void start_stretch() {
    stretch_ = {};
    longest_ = {};
  }
  void note_stretch() {
    patience_->piece_came(longest_);
    start_stretch();
  }

  Patience* patience_ = nullptr;  // while it waits
  bool begun_ = false;            // the body has
  bool given_up_ = false;
  Time since_{};
  ByteCount piece_;    // that came since
  ByteCount stretch_;  // of the body, since the last sample
  Wait longest_{};     // in this stretch
};

}  // namespace rimfs::http
