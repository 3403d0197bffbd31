// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace rimfs::http {

/// How many requests one server gets at once: as many as allowed by the user; half after a reply that says "too many"
/// (429 or 503), but no fewer than a quarter of the limit, because a 503 may be about one file alone and must not hold
/// up the others; one more each time all that are allowed succeeded. Additive increase and multiplicative decrease find
/// a server's share fairly when several clients look for it (Chiu and Jain, 1989). Pure; one thread.
class Concurrency {
 public:
  explicit Concurrency(unsigned most) : most_(std::max(1u, most)), least_(std::max(1u, most_ / 4)), allowed_(most_) {}

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
  void succeeded() {
    if (allowed_ == most_ || ++successes_ < allowed_) return;
    successes_ = 0;
    ++allowed_;
  }
  /// The server refused the request of this stamp for being one too many. Those sent before the last decrease say
  /// nothing new, and a lone one says nothing of how many are too many.
  void overloaded(std::uint64_t stamp) {
    if (stamp <= decreased_at_ || running_ <= 1) return;
    allowed_ = std::max(least_, std::min(allowed_, running_) / 2);
    decreased_at_ = sent_;
    successes_ = 0;
  }

 private:
  /// With the place that is kept for who waits, when it is his turn.
  unsigned taken() const { return running_ + (waiting_ > 0 && waiters_turn_ ? 1 : 0); }

  const unsigned most_;
  const unsigned least_;
  unsigned allowed_;
  unsigned running_ = 0;
  unsigned waiting_ = 0;
  bool waiters_turn_ = false;
  unsigned successes_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t decreased_at_ = 0;
};

}  // namespace rimfs::http
