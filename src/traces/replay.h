// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/byte_range.h"
#include "traces/access_trace.h"

namespace rimfs::traces {

/// The limits of a replay.
struct ReplayLimits {
  ByteCount bytes;     ///< The limit for all bytes of the replay.
  ByteCount unread;    ///< The limit for bytes requested and not read yet. Below two pieces nothing is replayed.
  std::size_t pieces;  ///< The same limit in pieces: each may occupy a block of memory.
  ByteCount block;     ///< The size of a block; a power of two.
};

/// Decides what to fetch ahead of an image's readers because earlier readers needed it. Processes a trace in its order.
/// The bytes requested and not read are limited to 8 MiB at first, later to twice the bytes that were read of them; a
/// reader with other needs costs no more than that. Requests pieces of one block, at most 1 MiB, and joins ranges that
/// are close together: one request each. Pure: no clock, no I/O. One thread at a time.
class Replay {
 public:
  Replay(const AccessTrace& trace, ByteCount image_size, ReplayLimits limits);

  /// Records that a reader requested this range.
  void observe(ByteRange read);

  /// True when next() should be called: at least half of the limit of unread bytes is free.
  bool is_due() const;
  /// The pieces to request now, in order. Pieces that were read meanwhile are skipped.
  std::vector<ByteRange> next();

  ByteCount requested() const { return requested_; }  ///< The bytes returned by next().
  ByteCount used() const { return used_; }            ///< The bytes returned by next() that were read.

 private:
  /// A piece of the trace inside one cell. `read` is a bitmap of the cell's 64 parts that were read.
  struct Piece {
    ByteRange range;
    std::uint64_t order;
    std::uint64_t read = 0;
    bool requested = false;
  };
  std::vector<Piece> cut(const AccessTrace& trace, ByteCount image_size) const;
  std::uint64_t parts_of(ByteRange range) const;
  ByteCount size_of(const Piece& piece, std::uint64_t parts) const;
  ByteCount window() const;
  ByteCount unread() const { return requested_ - used_; }

  // Constant after construction.
  const ReplayLimits limits_;
  const ByteCount cell_;       // a block, or 1 MiB of it
  std::vector<Piece> pieces_;  // in the order of the trace; only their state changes
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> in_cell_;

  std::size_t next_ = 0;
  std::size_t unread_pieces_ = 0;
  ByteCount requested_;
  ByteCount used_;
};

}  // namespace rimfs::traces
