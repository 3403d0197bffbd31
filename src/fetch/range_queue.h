// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/byte_range.h"
#include "fetch/remote_file.h"
#include "readahead/network_path.h"

namespace rimfs::fetch {

/// The purpose of a range, the most urgent first.
enum class Urgency {
  demand,       ///< A reader waits for the bytes.
  speculation,  ///< A reader will probably need the bytes soon.
  background,   ///< No reader needs the bytes: a whole image is to be kept.
};

/// A range of a file that is to be fetched with one request or several.
struct WantedRange {
  std::shared_ptr<RemoteFile> file;
  ByteRange range;
  Urgency urgency = Urgency::speculation;
  bool random_access = false;  ///< Demand that belongs to no stream: no readahead covers it, and a user may be waiting.
};

/// The ranges that are still to be requested: demand in order of arrival, always before speculation, in which readers
/// take turns. The size of a request is decided only when there is a connection for it. Entirely passive. Reactor only.
class RangeQueue {
 public:
  /// How large a request for this file may be now. Zero when its server has no free slot; ranges that are queued for
  /// other servers then go first.
  using Allowance = std::function<ByteCount(const RemoteFile&)>;
  /// The size of the next request, at `at`, for a range ahead of a reader.
  using Piece = std::function<ByteCount(const RemoteFile&, Offset at, const readahead::Split&)>;

  void push_demand(WantedRange wanted) { demand_.push_back(std::move(wanted)); }
  /// Puts a range in front of its queue: the rest of a range that has been started, or one that could not be started
  /// yet.
  void push_front(WantedRange wanted);
  /// Extends the queued range that ends where `range` begins, if there is one.
  void push_speculation(const std::shared_ptr<RemoteFile>& file, ByteRange range, readahead::Split split);

  /// The next demanded range that may be requested, joined with the queued ranges that adjoin it.
  std::optional<WantedRange> pop_demand(const Allowance& allowance, const Piece& piece);
  /// The next range of speculation that may be requested.
  std::optional<WantedRange> pop_speculation(const Allowance& allowance, const Piece& piece);

  /// The demand that is queued.
  const std::deque<WantedRange>& demand() const { return demand_; }
  /// The bytes that are queued ahead of readers, for all servers or for one.
  ByteCount speculation_bytes() const { return speculation_bytes_; }
  ByteCount speculation_bytes(const http::Host& host) const;
  /// True when any range is queued for this server.
  bool has_work_for(const http::Host& host) const;
  void clear();

 private:
  /// A range ahead of one reader, without the part that has been requested.
  struct Ahead {
    std::shared_ptr<RemoteFile> file;
    ByteRange range;
    readahead::Split split;
  };
  void join_demand(WantedRange& front, ByteCount most);
  void join_speculation(WantedRange& front, ByteCount most, const Piece& piece);
  ByteRange cut(Ahead& ahead, const Piece& piece);

  std::deque<WantedRange> demand_;
  std::deque<Ahead> speculation_;
  ByteCount speculation_bytes_;
};

}  // namespace rimfs::fetch
