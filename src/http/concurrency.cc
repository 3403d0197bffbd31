// SPDX-License-Identifier: MIT
#include "http/concurrency.h"

namespace rimfs::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The most rounds of successes at the ceiling before one more request is tried again.
constexpr unsigned kMostRounds = 64;
/// A window lasts this many delays, and at least kShortestWindow. Shorter windows measure bursts; longer ones react
/// late.
constexpr int kDelaysPerWindow = 2;
constexpr milliseconds kShortestWindow{200};
/// A window needs at least this many pieces; otherwise the link is too slow for a judgement in that time.
constexpr std::uint64_t kLeastPieces = 16;
/// Nine of ten pieces must arrive while all requests are running; otherwise the reader is the limit, not the link.
constexpr std::uint64_t kTenths = 9;
/// A route may change, so the least delay covers the last 30 to 60 seconds.
constexpr seconds kLately{30};
/// Fewer replies may all be late by chance.
constexpr unsigned kLeastReplies = 4;

}  // namespace

void Concurrency::succeeded() {
  if (ceiling_ == 0 || ++successes_ < allowed_ * (allowed_ == ceiling_ ? rounds_ : 1)) return;
  successes_ = 0;
  if (allowed_ > ceiling_) {  // a whole round succeeded, so the server's limit is higher
    ceiling_ = allowed_;
    rounds_ = 1;
  }
  if (ceiling_ >= most_) {
    ceiling_ = 0;
  } else {
    ++allowed_;
  }
  if (allowed_ >= most_) ceiling_ = 0;
}

void Concurrency::overloaded(std::uint64_t stamp) {
  if (stamp <= decreased_at_ || running_ <= 1) return;
  const unsigned used = std::min(allowed_, running_);
  const bool tried = ceiling_ != 0 && allowed_ > ceiling_;
  if (tried) {
    rounds_ = std::min(rounds_ * 2, kMostRounds);
    allowed_ = ceiling_;
  } else {
    ceiling_ = std::max(least_, used - 1);
    allowed_ = std::max(least_, used / 2);
  }
  decreased_at_ = sent_;
  successes_ = 0;
  load_.abandon(allowed_);
  opened_.reset();
}

void Concurrency::replied(Delay delay, Time now) {
  if (now - least_since_ > kLately) {
    least_before_ = least_now_;
    least_now_ = Delay::max();
    least_since_ = now;
  }
  least_now_ = std::min(least_now_, delay);
  if (!opened_ || now < *opened_) return;
  ++replies_;
  least_reply_ = std::min(least_reply_, delay);
}

void Concurrency::open_window(Time now, bool settle) {
  opened_ = now;
  // New requests need a delay to transfer anything, and a queue needs one to become shorter.
  if (settle) *opened_ += std::max<Time::duration>(least_delay() * 3 / 2, kShortestWindow / 4);
  pieces_ = full_pieces_ = 0;
  bytes_ = {};
  replies_ = 0;
  least_reply_ = Delay::max();
}

void Concurrency::set_allowed(unsigned allowed, Time now) {
  open_window(now, allowed != allowed_);
  if (ceiling_ != 0 && allowed < allowed_) ceiling_ = allowed;  // successes do not undo it at once
  allowed_ = allowed;
}

bool Concurrency::brought(ByteCount bytes, Time now) {
  if (least_delay() == Delay::max()) return false;
  if (!opened_) open_window(now, true);
  if (now < *opened_) return false;
  ++pieces_;
  if (running_ >= allowed_ - allowed_ / 8) ++full_pieces_;  // a slot may be reserved for demand
  bytes_ += bytes;
  const Time::duration open = now - *opened_;
  if (open < std::max<Time::duration>(kDelaysPerWindow * least_delay(), kShortestWindow) || pieces_ < kLeastPieces)
    return false;
  const unsigned before = allowed_;
  if (full_pieces_ * 10 < pieces_ * kTenths) {
    set_allowed(load_.abandon(allowed_), now);
    return false;
  }
  LoadControl::Window window{
      static_cast<double>(bytes_.value) / std::chrono::duration<double>(open).count(), {}, least_delay()};
  if (replies_ >= kLeastReplies) window.delay = least_reply_;
  set_allowed(load_.judge(allowed_, window, ceiling()), now);
  return allowed_ > before;
}

}  // namespace rimfs::http
