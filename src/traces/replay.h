// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/byte_range.h"
#include "traces/access_trace.h"

namespace rimfs::traces {

/// What a replay may use.
struct ReplayLimits {
  ByteCount bytes;     ///< In all.
  ByteCount unread;    ///< Asked for and not read yet. Less than two pieces: nothing is replayed.
  std::size_t pieces;  ///< The same, counted in pieces: each may take a block of memory.
  ByteCount block;     ///< The size of a block, a power of two.
};

/// What to fetch ahead of an image's readers because the last ones needed it. Goes through a trace in its order. What
/// was asked for and not read is at most 8 MiB at first, later twice what was read of it: who needs something else pays
/// for no more than that. Asks for pieces of a block, 1 MiB at most, in which ranges near one another are joined: as
/// much as one request fetches. Pure: no clock, no I/O. One thread at a time.
class Replay {
 public:
  Replay(const AccessTrace& trace, ByteCount image_size, ReplayLimits limits);

  /// A reader asked for this.
  void observe(ByteRange read);

  /// True when next() is worth a call: there is room for as much as half of what may be unread.
  bool is_due() const;
  /// The pieces to ask for now, in their order. Those that were read meanwhile are passed over.
  std::vector<ByteRange> next();

  ByteCount asked() const { return asked_; }  ///< Bytes given by next(),
  ByteCount used() const { return used_; }    ///< and those of them that were read.

 private:
  /// Bytes of one cell. What of it was read is told in 64ths of the cell.
  struct Piece {
    ByteRange range;
    std::uint64_t order;
    std::uint64_t read = 0;
    bool asked = false;
  };
  std::vector<Piece> cut(const AccessTrace& trace, ByteCount image_size) const;
  std::uint64_t parts_of(ByteRange range) const;
  ByteCount size_of(const Piece& piece, std::uint64_t parts) const;
  ByteCount window() const;
  ByteCount unread() const { return asked_ - used_; }

  // Constant after construction.
  const ReplayLimits limits_;
  const ByteCount cell_;       // a block, or 1 MiB of it
  std::vector<Piece> pieces_;  // in the order of the trace, but for their state
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> in_cell_;

  std::size_t next_ = 0;
  std::size_t unread_pieces_ = 0;
  ByteCount asked_;
  ByteCount used_;
};

}  // namespace rimfs::traces
