// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/byte_range.h"
#include "base/error.h"
#include "cache/block_cache.h"
#include "fetch/read_gate.h"

namespace rimfs::fetch {

/// A read that waits for bytes: its range, the blocks that have arrived, and the action at its end. The reader makes it
/// and hands it to the Fetcher, which fills in the blocks and calls finished() exactly once, on the reactor. Constant
/// members: any thread; everything else: reactor only after that.
class Read {
 public:
  Read(ByteRange range, ByteCount block_size)
      : range_(range), first_(block_at(range.begin, block_size)), blocks_(blocks_touched(range, block_size).size()) {}
  virtual ~Read() = default;

  ByteRange range() const { return range_; }
  BlockIndex first_block() const { return first_; }
  /// One block for each that the range touches. An empty one stands for zeros.
  const std::vector<cache::BlockRef>& blocks() const { return blocks_; }

  // For the Fetcher.
  bool answered() const { return answered_; }
  /// A reader waits for it now: if it fails, a read of the same range fails at once for a moment (FailedRanges).
  void mark_demanded() { demanded_ = true; }
  bool demanded() const { return demanded_; }
  /// Keeps the pass until the read is answered.
  void enter(ReadGate::Pass pass) { pass_ = std::move(pass); }
  void wait_for_one_more() { ++missing_; }
  void have(BlockIndex block, cache::BlockRef ref) { blocks_[block.value - first_.value] = std::move(ref); }
  /// A block that the read waited for is present. True when it was the last one.
  bool one_arrived() { return --missing_ == 0; }
  bool complete() const { return missing_ == 0; }
  void answer(const std::optional<Error>& error) {
    if (answered_) return;
    answered_ = true;
    finished(error);
    blocks_.clear();
    pass_ = {};
  }

 protected:
  /// The bytes are in blocks(), or the read failed with `error`.
  virtual void finished(const std::optional<Error>& error) = 0;

 private:
  const ByteRange range_;
  const BlockIndex first_;
  std::vector<cache::BlockRef> blocks_;
  ReadGate::Pass pass_;
  unsigned missing_ = 0;
  bool answered_ = false;
  bool demanded_ = false;
};

/// Bytes that are fetched into memory before a reader needs them. A failure is dropped: the reader's own request finds
/// it.
class ReadAhead : public Read {
 public:
  using Read::Read;

 protected:
  void finished(const std::optional<Error>&) override {}
};

}  // namespace rimfs::fetch
