// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/units.h"

namespace rimfs::http {

/// The delay and rate of the network path to a server, estimated from finished transfers. Written by the reactor, read
/// by any thread.
class NetworkPathEstimate {
 public:
  /// Records one transfer: the time from the request to the first byte of the body, and the body's size and time.
  void observe(std::chrono::microseconds delay, ByteCount body, std::chrono::microseconds body_time) {
    const std::int64_t old_delay = delay_.load(std::memory_order_relaxed);
    // The shortest delays are those of the link. Longer ones include queueing and change the estimate slowly.
    const std::int64_t slow = old_delay + (delay.count() - old_delay) / 8;
    delay_.store(old_delay == 0 || delay.count() < old_delay ? delay.count() : slow, std::memory_order_relaxed);
    if (body < kMeasurable || body_time.count() <= 0) return;
    const std::uint64_t rate = body.value * 1000000 / static_cast<std::uint64_t>(body_time.count());
    const std::uint64_t old_rate = rate_.load(std::memory_order_relaxed);
    rate_.store(old_rate == 0 ? rate : (3 * old_rate + rate) / 4, std::memory_order_relaxed);
  }

  std::chrono::microseconds delay() const { return std::chrono::microseconds(delay_.load(std::memory_order_relaxed)); }
  /// The rate of one connection; zero before the first measurable transfer.
  ByteCount bytes_per_second() const { return {rate_.load(std::memory_order_relaxed)}; }

 private:
  /// Smaller bodies arrive with their head in one burst, so their rate has no meaning.
  static constexpr ByteCount kMeasurable = 512_KiB;

  std::atomic<std::int64_t> delay_{0};
  std::atomic<std::uint64_t> rate_{0};
};

}  // namespace rimfs::http
