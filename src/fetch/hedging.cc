// SPDX-License-Identifier: MIT
#include "fetch/hedging.h"

#include <optional>
#include <vector>

#include "fetch/race.h"
#include "reactor/task_scope.h"

namespace rimfs::fetch {
namespace {

/// How often to check for stalls: a quarter of the shortest wait that counts as a stall (StallDetector::kLeast).
constexpr std::chrono::milliseconds kCheckInterval{25};
/// The most bytes that a second request covers. After it has won, an ordinary request fetches the rest, at no cost to
/// the budget. A larger value would spend the budget on few races. A smaller one would cost a further delay before the
/// reader has a block.
constexpr ByteCount kMostHedged = 512_KiB;
/// The least, unless less is missing: a request has a cost besides its bytes.
constexpr ByteCount kLeastHedged = 64_KiB;
/// Where no reader waits yet, the threshold is multiplied by this: such a stall may end by itself.
constexpr int kSpeculationFactor = 2;
/// Each further race of one request doubles the threshold; after this many races another is not worth its cost.
constexpr unsigned kMostRaces = 6;

}  // namespace

/// One request for what is missing of a landing, and its second requests, of which at most one is in flight.
class Hedging::Attempt {
 public:
  /// Receives the body of one of the two requests.
  class Sink : public http::BodySink {
   public:
    Sink(Attempt& attempt, Race::Runner who) : attempt_(attempt), who_(who), begin_(attempt.landing.rest().begin) {}
    void write(std::span<const std::byte> bytes) override { attempt_.land(who_, bytes); }
    /// Held bytes take part in no race until they are confirmed. Those of the first request are staged where they would
    /// land. Those of the second, which are fewer, are copied: two requests that stage in one place would overwrite
    /// each other's bytes.
    void hold(std::span<const std::byte> bytes) override {
      if (who_ == Race::Runner::first) {
        attempt_.landing.stage(begin_ + held_, bytes);
      } else {
        copy_.insert(copy_.end(), bytes.begin(), bytes.end());
      }
      held_ += ByteCount{bytes.size()};
    }
    void keep_held() override {
      if (who_ == Race::Runner::first) {
        attempt_.landing.keep_staged(attempt_.count(who_, held_));
      } else {
        attempt_.land(who_, copy_);
      }
      drop_held();
    }
    void drop_held() override {
      held_ = {};
      copy_.clear();
    }

   private:
    Attempt& attempt_;
    const Race::Runner who_;
    const Offset begin_;
    ByteCount held_;
    std::vector<std::byte> copy_;
  };

  Attempt(Hedging& hedging, RemoteFile& remote, Landing& where)
      : file(remote), landing(where), race(where.rest()), hedging_(hedging) {}

  /// True when its first request has waited for longer than the threshold and no second one runs.
  bool is_overdue(http::Progress::Time now) const {
    const std::optional<http::Progress::Wait> threshold = progress.stall_threshold();
    if (!threshold || !seconds.empty() || races >= kMostRaces) return false;
    if (file.content()) return false;  // the second one would wait for the same frame
    return progress.waited(now) > *threshold * (1 << races) * (awaited ? 1 : kSpeculationFactor);
  }

  void land(Race::Runner who, std::span<const std::byte> bytes) {
    const ByteCount fresh = count(who, ByteCount{bytes.size()});
    if (!fresh.is_zero()) landing.write(bytes.last(fresh.value));
  }

  /// `who` delivers `bytes` more valid bytes. Returns how many of them, at their end, are new.
  ByteCount count(Race::Runner who, ByteCount bytes) {
    const bool decided = race.winner().has_value();
    const ByteCount fresh = race.accept(who, bytes);
    hedging_.budget_.earn(fresh);
    hedging_.counters_.add("network.bytes-fetched-twice", (bytes - fresh).value);
    if (who == Race::Runner::first) stalled = false;
    if (!decided && race.winner()) hedging_.client_.cancel(who == Race::Runner::first ? *second : progress);
    return fresh;
  }

  /// The outcome for the caller, once all requests have ended.
  http::Outcome result(http::Outcome first) {
    if (landing.rest().empty()) first.failure.reset();
    if (landing.rest().empty() || !second_outcome) return first;
    const bool second_failed = second_outcome->failure.has_value();
    const bool changed = second_failed && second_outcome->failure->kind == ErrorKind::changed;
    const bool second_decides = first.failure && (race.winner() == Race::Runner::second || !second_failed);
    return changed || second_decides ? std::move(*second_outcome) : std::move(first);
  }

  RemoteFile& file;
  Landing& landing;
  Race race;
  http::Progress progress;                      // of the first request
  std::optional<http::Progress> second;         // of the second request
  std::optional<http::Outcome> second_outcome;  // of the second request that ended last
  reactor::TaskScope seconds;                   // at most one
  unsigned races = 0;
  bool awaited = false;  // at the last check
  bool stalled = false;

 private:
  Hedging& hedging_;
};

Hedging::Hedging(reactor::EventLoop& loop, http::Client& client, observe::Counters& counters, Rules rules)
    : loop_(loop), client_(client), counters_(counters), rules_(std::move(rules)) {}

Hedging::~Hedging() { close(); }

void Hedging::close() {
  closed_ = true;
  if (timer_ != 0) loop_.cancel_timer(std::exchange(timer_, 0));
}

reactor::Task<http::Outcome> Hedging::get(RemoteFile& file, Landing& landing, http::Slot& slot) {
  Attempt attempt(*this, file, landing);
  const auto place = attempts_.insert(attempts_.end(), &attempt);
  watch();
  const ByteRange asked = file.in_resource(landing.rest());
  Attempt::Sink sink(attempt, Race::Runner::first);
  http::Resource& resource = file.resource();
  auto request = file.content() ? file.content()->get_range(client_, resource, asked, sink, attempt.progress, slot)
                                : client_.get_range(resource, asked, sink, attempt.progress, false, slot);
  http::Outcome outcome = co_await std::move(request);
  attempts_.erase(place);  // no second request begins after this
  counters_.add("network.bytes", outcome.body.value);
  const bool hopeless = outcome.failure && outcome.failure->kind == ErrorKind::changed;
  if (attempt.race.running() && (hopeless || landing.rest().empty())) client_.cancel(*attempt.second);
  // The second request may wait for the slot that the first one held.
  if (!attempt.seconds.empty()) slot.release();
  co_await attempt.seconds.joined();
  co_return attempt.result(std::move(outcome));
}

void Hedging::abandon(const Landing& landing) {
  for (Attempt* attempt : attempts_) {
    if (&attempt->landing != &landing) continue;
    client_.cancel(attempt->progress);
    if (attempt->file.content()) attempt->file.content()->wake();
    if (attempt->race.running()) client_.cancel(*attempt->second);
  }
}

void Hedging::watch() {
  if (closed_ || timer_ != 0 || !client_.options().hedged_requests) return;
  due_ = loop_.now() + kCheckInterval;
  timer_ = loop_.add_timer(kCheckInterval, [this] { check(); });
}

void Hedging::check() {
  timer_ = 0;
  if (attempts_.empty()) return;
  watch();
  const auto now = loop_.now();
  // When this process did not run for a while, it has not read what arrived meanwhile. The event loop reads it before
  // the next check.
  check_skipped_ = !check_skipped_ && now > due_ + kCheckInterval;
  if (check_skipped_) return;
  bool any = false;
  for (Attempt* attempt : attempts_) {
    attempt->awaited = rules_.awaited(attempt->file, attempt->landing.rest());
    attempt->stalled = attempt->is_overdue(now);
    any |= attempt->stalled;
  }
  if (any) rules_.reschedule();
}

bool Hedging::start_second(const HasFreeSlot& has_free_slot) {
  if (closed_) return false;
  const auto now = loop_.now();
  Attempt* worst = nullptr;
  for (Attempt* attempt : attempts_) {
    if (!attempt->stalled || !attempt->is_overdue(now) || !has_free_slot(attempt->file, attempt->awaited)) continue;
    const auto need = [now](const Attempt& one) { return std::pair(one.awaited, one.progress.waited(now)); };
    if (!worst || need(*attempt) > need(*worst)) worst = attempt;
  }
  if (!worst) return false;
  const ByteRange rest = worst->landing.rest();
  const auto bytes =
      budget_.take(std::min(rest.size(), kMostHedged), std::min(rest.size(), kLeastHedged), worst->awaited);
  if (!bytes) return false;
  worst->seconds.spawn(run_second(*worst, range_of(rest.begin, *bytes)));
  return true;
}

reactor::Task<> Hedging::run_second(Attempt& attempt, ByteRange range) {
  http::Resource& resource = attempt.file.resource();
  http::Slot slot(resource.host());
  counters_.add("network.active-requests");
  counters_.add("network.hedged-requests");
  ++attempt.races;
  attempt.stalled = false;
  attempt.second_outcome.reset();
  attempt.race.second_starts(range.size());
  http::Progress& progress = attempt.second.emplace();
  Attempt::Sink sink(attempt, Race::Runner::second);
  const ByteRange asked = attempt.file.in_resource(range);
  http::Outcome outcome = co_await client_.get_range(resource, asked, sink, progress, true, slot);
  counters_.add("network.bytes", outcome.body.value);
  if (attempt.race.winner() == Race::Runner::second) counters_.add("network.hedges-won");
  settle(attempt, range.size());
  attempt.race.second_ends();
  if (outcome.failure && outcome.failure->kind == ErrorKind::changed) client_.cancel(attempt.progress);
  attempt.second_outcome = std::move(outcome);
  slot.release();
  counters_.subtract("network.active-requests");
  rules_.reschedule();
}

/// A second request that lost is paid in full: the server may have sent its body, although it was not read.
void Hedging::settle(const Attempt& attempt, ByteCount taken) {
  const bool lost = attempt.race.winner() == Race::Runner::first;
  if (!lost) budget_.give_back(taken - attempt.race.twice());
}

}  // namespace rimfs::fetch
