// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/byte_range.h"
#include "fetch/remote_file.h"
#include "readahead/link.h"

namespace rimfs::fetch {

/// Who wants bytes, the most urgent first.
enum class Urgency {
  demand,       ///< Somebody waits for them.
  speculation,  ///< Somebody will probably want them soon.
  background,   ///< Nobody in particular: a whole image is to be kept.
};

/// A range of a file that is to be fetched with one request or several.
struct WantedRange {
  std::shared_ptr<RemoteFile> file;
  ByteRange range;
  Urgency urgency = Urgency::speculation;
  bool random_access = false;  ///< Demand that belongs to no stream: nothing foresaw it, and a person may be waiting.
};

/// What is still to be asked for: demand in order of arrival, always before speculation, whose readers take turns.
/// How much of a range one request asks for is decided when there is a connection for it. Entirely passive. Reactor
/// only.
class RangeQueue {
 public:
  /// How large a request for this file may be now; zero when its server has enough to do. What is queued for another
  /// server then goes first.
  using Room = std::function<ByteCount(const RemoteFile&)>;
  /// How large the next request for a range ahead of a reader should be, which begins at `at`.
  using Piece = std::function<ByteCount(const RemoteFile&, Offset at, const readahead::Split&)>;

  void push_demand(WantedRange wanted) { demand_.push_back(std::move(wanted)); }
  /// Puts back what could not be asked for yet.
  void push_front(WantedRange wanted);
  /// Extends the queued range that `range` follows, if there is one.
  void push_speculation(const std::shared_ptr<RemoteFile>& file, ByteRange range, readahead::Split split);

  /// The next demanded range that there is room for, joined with whatever is queued right behind it.
  std::optional<WantedRange> pop_demand(const Room& room, const Piece& piece);
  /// The next speculation that there is room for.
  std::optional<WantedRange> pop_speculation(const Room& room, const Piece& piece);

  /// The files that demand waits for.
  const std::deque<WantedRange>& demand() const { return demand_; }
  /// What is queued ahead of readers, for all servers and for one.
  ByteCount speculation_bytes() const { return speculation_bytes_; }
  ByteCount speculation_bytes(const http::Host& host) const;
  /// True when anything is queued for this server.
  bool has_work_for(const http::Host& host) const;
  void clear();

 private:
  /// A range ahead of one reader, of which no request has begun.
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
