// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/units.h"
#include "http/load_control.h"

namespace rimfs::http {

/// Controls the number of concurrent requests to one server. Begins with 16, or the limit when that is less. Allows
/// more when they increase the throughput, fewer when they only queue (LoadControl). A refusal (429 or 503) halves the
/// number, or undoes a failed trial; then one more is allowed after each round of successes. Additive increase and
/// multiplicative decrease let several clients find fair shares (Chiu and Jain, 1989). A refused number is remembered
/// and tried again ever more rarely. A quarter of the initial number always remains, because a 503 may concern one file
/// and must not delay others. Pure; one thread.
class Concurrency {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Delay = LoadControl::Delay;

  /// The initial number: enough for most links, few enough for any server.
  static constexpr unsigned kStart = 16;

  explicit Concurrency(unsigned most)
      : most_(std::max(1u, most)),
        least_(std::max(1u, std::min(most_, kStart) / 4)),
        allowed_(std::min(most_, kStart)),
        load_(std::min(allowed_, std::max(2u, most_ / 4)), allowed_) {}

  unsigned most() const { return most_; }
  unsigned allowed() const { return allowed_; }
  unsigned running() const { return running_; }
  /// True when work that is queued elsewhere may start; it takes turns with the waiters.
  bool has_free_slot() const { return taken() < allowed_; }
  bool has_two_free_slots() const { return taken() + 1 < allowed_; }
  /// True when a waiter may start.
  bool has_slot_for_waiter() const { return running_ < allowed_; }

  /// Record that a request starts or ends.
  void start() {
    ++running_;
    waiters_turn_ = true;
  }
  void end() { --running_; }
  /// Record that a waiter is queued or starts.
  void wait() { ++waiting_; }
  void start_waiter() {
    --waiting_;
    ++running_;
    waiters_turn_ = false;
  }

  /// Records that a request is sent; returns a stamp that identifies its time of sending.
  std::uint64_t stamp() { return ++sent_; }
  void succeeded();
  /// Records that the server refused the request with this stamp because of too many requests. Refusals of requests
  /// sent before the last decrease are ignored, as is the refusal of a single request.
  void overloaded(std::uint64_t stamp);

  /// Records the time from a request to the beginning of its reply.
  void replied(Delay delay, Time now);
  /// Records bytes of a body. Returns true when more requests are allowed from now on.
  bool brought(ByteCount bytes, Time now);

 private:
  /// The requests that run, plus the slot that is reserved for a waiter when it is its turn.
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
  unsigned ceiling_ = 0;  // the largest number that was not refused; 0: no refusal yet
  unsigned rounds_ = 1;   // rounds of successes at the ceiling until more is tried
  unsigned successes_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t decreased_at_ = 0;

  // The measurements of the open window.
  LoadControl load_;
  std::optional<Time> opened_;  // in the future while a change takes effect
  std::uint64_t pieces_ = 0;
  std::uint64_t full_pieces_ = 0;  // pieces that arrived while nearly all allowed requests were running
  ByteCount bytes_;
  unsigned replies_ = 0;
  Delay least_reply_{};  // the least delay of these replies

  // The least delay of this half minute and of the previous one.
  Delay least_now_ = Delay::max();
  Delay least_before_ = Delay::max();
  Time least_since_{};
};

}  // namespace rimfs::http
