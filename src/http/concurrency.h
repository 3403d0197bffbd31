// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/units.h"
#include "http/load_control.h"

namespace rimfs::http {

/// How many requests one server gets at once. It begins with 16, or the limit when that is less. More when they bring
/// more bytes, fewer when they only queue (LoadControl). Half after a reply that says "too many" (429 or 503), then one
/// more each time all that are allowed succeeded: additive increase and multiplicative decrease find a server's share
/// fairly when several clients look for it (Chiu and Jain, 1989). Where it refused is remembered and tried again ever
/// more rarely. A refusal leaves at least a quarter of what it began with, because a 503 may be about one file alone
/// and must not hold up the others. Pure; one thread.
class Concurrency {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Delay = LoadControl::Delay;

  /// What it begins with: enough for most links, few enough for any server.
  static constexpr unsigned kStart = 16;

  explicit Concurrency(unsigned most)
      : most_(std::max(1u, most)),
        least_(std::max(1u, std::min(most_, kStart) / 4)),
        allowed_(std::min(most_, kStart)),
        load_(std::min(allowed_, std::max(2u, most_ / 4)), allowed_) {}

  unsigned most() const { return most_; }
  unsigned allowed() const { return allowed_; }
  unsigned running() const { return running_; }
  /// For work that is queued elsewhere, which takes turns with those who wait.
  bool has_room() const { return taken() < allowed_; }
  bool has_room_for_two() const { return taken() + 1 < allowed_; }
  /// For one of those who wait.
  bool has_room_for_waiter() const { return running_ < allowed_; }

  /// A piece of work starts, and ends.
  void start() {
    ++running_;
    waiters_turn_ = true;
  }
  void end() { --running_; }
  /// Somebody waits to start, and starts.
  void wait() { ++waiting_; }
  void start_waiter() {
    --waiting_;
    ++running_;
    waiters_turn_ = false;
  }

  /// A request is sent: a stamp, to tell later what it saw.
  std::uint64_t stamp() { return ++sent_; }
  void succeeded();
  /// The server refused the request of this stamp for being one too many. Those sent before the last decrease say
  /// nothing new, and a lone one says nothing of how many are too many.
  void overloaded(std::uint64_t stamp);

  /// A reply began this long after its request.
  void replied(Delay delay, Time now);
  /// Bytes of some body came. True when more requests are allowed from now on.
  bool brought(ByteCount bytes, Time now);

 private:
  /// With the place that is kept for who waits, when it is his turn.
  unsigned taken() const { return running_ + (waiting_ > 0 && waiters_turn_ ? 1 : 0); }
  unsigned ceiling() const { return ceiling_ == 0 ? most_ : ceiling_; }
  Delay least_delay() const { return std::min(least_before_, least_now_); }
  void open_window(Time now, bool settle);
  void set_allowed(unsigned allowed, Time now);

  // Constant after construction.
  const unsigned most_;
  const unsigned least_;

  unsigned allowed_;
  unsigned running_ = 0;
  unsigned waiting_ = 0;
  bool waiters_turn_ = false;

  // Refusals.
  unsigned ceiling_ = 0;  // the most that it did not refuse; 0: it did not refuse
  unsigned rounds_ = 1;   // of successes at the ceiling, until more is tried
  unsigned successes_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t decreased_at_ = 0;

  // What the window that is open has seen.
  LoadControl load_;
  std::optional<Time> opened_;  // later than now while what was changed takes effect
  std::uint64_t pieces_ = 0;
  std::uint64_t full_pieces_ = 0;  // that came while about all that are allowed were running
  ByteCount bytes_;
  unsigned replies_ = 0;
  Delay least_reply_{};  // of these

  // The least delay of this half a minute and of the one before.
  Delay least_now_ = Delay::max();
  Delay least_before_ = Delay::max();
  Time least_since_{};
};

}  // namespace rimfs::http
