// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "base/byte_range.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// A stretch of a file that is to be fetched with one request, or less.
struct WantedRange {
  std::shared_ptr<RemoteFile> file;
  ByteRange range;
  bool demanded = false;  ///< Somebody waits for it; otherwise it is speculation.
};

/// What is still to be asked for: demand in order of arrival, always before speculation. Entirely passive.
/// Reactor only.
class RangeQueue {
 public:
  void push_demand(WantedRange wanted) { demand_.push_back(std::move(wanted)); }
  /// Puts back what could not be asked for yet.
  void push_front(WantedRange wanted);
  /// Splits `range` into requests of `piece` bytes, smaller ones towards the end of the file, so that `connections`
  /// end together.
  void push_speculation(const std::shared_ptr<RemoteFile>& file, ByteRange range, ByteCount piece,
                        unsigned connections);

  /// The next demanded range, joined with whatever is queued right behind it, up to `most` bytes in all.
  std::optional<WantedRange> pop_demand(ByteCount most);
  std::optional<WantedRange> pop_speculation();

  bool has_demand() const { return !demand_.empty(); }
  bool has_speculation() const { return !speculation_.empty(); }
  ByteCount speculation_bytes() const { return speculation_bytes_; }
  void clear();

 private:
  void join(WantedRange& front, std::deque<WantedRange>& from, ByteCount most);

  std::deque<WantedRange> demand_;
  std::deque<WantedRange> speculation_;
  ByteCount speculation_bytes_;
};

}  // namespace rimfs::fetch
