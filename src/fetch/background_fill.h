// SPDX-License-Identifier: MIT
// The fetcher's lowest urgency: whole images that are kept by the tier below memory.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "cache/block_cache.h"
#include "cache/tier.h"
#include "fetch/coverage.h"
#include "fetch/schedule.h"

namespace rimfs::fetch {

/// Decides what to request next of the images that are kept whole: a range of the first image whose server has no more
/// urgent work. Requests nothing itself. Reactor only.
class BackgroundFill {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// All arguments outlive it. `tier`: null when there is none; then no image is filled.
  BackgroundFill(cache::BlockCache& cache, const cache::Tier* tier, const Schedule& schedule, const Coverage& coverage,
                 Log& log)
      : cache_(cache), tier_(tier), schedule_(schedule), coverage_(coverage), log_(log) {}

  /// Fills the tier with all of `file`, until it is complete, has changed, or the tier is full. Does nothing when the
  /// tier does not keep the file, or when another process writes it.
  void add(std::shared_ptr<RemoteFile> file);
  /// The file has a new store. Examines it again from its beginning.
  void restart(const RemoteFile& file);
  void clear() { fills_.clear(); }
  /// The number of incomplete images.
  std::size_t count() const { return fills_.size(); }

  /// What to do now. At most one of the first two members is set.
  struct Decision {
    std::optional<WantedRange> request;
    /// When to call next() again, if nothing else happens before.
    std::optional<Time> check_again_at;
    /// The files that the tier now has whole.
    std::vector<std::shared_ptr<RemoteFile>> completed;
  };
  /// `unwritten`: the number of blocks that wait for the tier.
  Decision next(const Schedule::State& state, std::size_t unwritten);
  /// The decided range has been requested up to `end`.
  void requested(const RemoteFile& file, Offset end);
  /// A request that began at `from` has failed.
  void failed(const RemoteFile& file, Offset from, const Error& error, Time now);

 private:
  struct Fill {
    std::shared_ptr<RemoteFile> file;
    Offset next;        // all bytes before it are stored, in memory or have been requested
    Offset stored{};    // all bytes before it are stored
    Time not_before{};  // set after a failure of the server
  };
  /// The result for one image: a request, or a time to try again, or the reason why its fill ends, or none of these.
  struct Step {
    std::optional<WantedRange> request;
    std::optional<Time> check_again_at;
    std::string_view end;
  };
  Step next_of(Fill& fill, const Schedule::State& state) const;
  Step finish(Fill& fill, Time now) const;
  ByteRange first_unstored(const RemoteFile& file, Offset from, ByteCount most) const;
  std::deque<Fill>::iterator end(const std::deque<Fill>::iterator& fill, std::string_view why);
  std::deque<Fill>::iterator find(const RemoteFile& file);

  cache::BlockCache& cache_;
  const cache::Tier* const tier_;
  const Schedule& schedule_;
  const Coverage& coverage_;
  Log& log_;

  std::deque<Fill> fills_;
  Time tier_paused_until_{};
};

}  // namespace rimfs::fetch
