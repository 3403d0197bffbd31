// SPDX-License-Identifier: MIT
// The fetcher's lowest urgency: whole images that are to be kept by the tier below memory.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "cache/block_cache.h"
#include "cache/tier.h"
#include "fetch/coverage.h"
#include "fetch/schedule.h"

namespace rimfs::fetch {

/// Decides what to request next of the images that are kept whole: of the first one whose server has nothing more
/// urgent to do. It requests nothing itself. Reactor only.
class BackgroundFill {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// All outlive it. `tier`: null when there is none; nothing is ever filled then.
  BackgroundFill(cache::BlockCache& cache, const cache::Tier* tier, const Schedule& schedule, const Coverage& coverage,
                 Log& log)
      : cache_(cache), tier_(tier), schedule_(schedule), coverage_(coverage), log_(log) {}

  /// Keeps all of `file` from now on, until it is complete, has changed, or the tier is full. Nothing when the tier
  /// does not keep it, or another process writes it.
  void add(std::shared_ptr<RemoteFile> file);
  /// The file has another store: it is looked through from its beginning.
  void restart(const RemoteFile& file);
  void clear() { fills_.clear(); }
  /// Images that are not complete.
  std::size_t count() const { return fills_.size(); }

  /// What to do now. At most one of the two is set.
  struct Decision {
    std::optional<WantedRange> request;
    /// When to ask again, if nothing else happens before.
    std::optional<Time> ask_again;
  };
  /// `unwritten`: blocks that the tier is behind with.
  Decision next(const Schedule::State& state, std::size_t unwritten);
  /// What was decided is requested up to `end`.
  void requested(const RemoteFile& file, Offset end);
  /// A request that began at `from` has failed.
  void failed(const RemoteFile& file, Offset from, const Error& error, Time now);

 private:
  struct Fill {
    std::shared_ptr<RemoteFile> file;
    Offset next;        // all before it is stored or was requested
    Time not_before{};  // the server failed
  };
  /// What one image makes of it: a request, or a time to ask again, or its end, with the reason; or nothing.
  struct Step {
    std::optional<WantedRange> request;
    std::optional<Time> ask_again;
    std::string_view end;
  };
  Step next_of(Fill& fill, const Schedule::State& state) const;
  ByteRange first_unstored(const RemoteFile& file, Offset from, ByteCount most) const;
  std::deque<Fill>::iterator end(const std::deque<Fill>::iterator& fill, std::string_view why);
  std::deque<Fill>::iterator find(const RemoteFile& file);

  cache::BlockCache& cache_;
  const cache::Tier* const tier_;
  const Schedule& schedule_;
  const Coverage& coverage_;
  Log& log_;

  std::deque<Fill> fills_;
  Time tier_rests_until_{};
};

}  // namespace rimfs::fetch
