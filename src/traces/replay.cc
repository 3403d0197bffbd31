// SPDX-License-Identifier: MIT
#include "traces/replay.h"

#include <algorithm>

#include "base/chunks.h"

namespace rimfs::traces {
namespace {

/// The limit of requested bytes before a reader has proved that it follows the trace. Equal to the limit for the tables
/// of a small image (formats/plan.cc).
constexpr ByteCount kFirstWindow = 8_MiB;
/// The limit of a request. In a larger one, a reader would wait for the bytes before its own.
constexpr ByteCount kLargestPiece = 1_MiB;
/// Fetching a gap of this size costs a connection less than another request, even when the server replies at once: 6 ms
/// at 10 MB/s.
constexpr ByteCount kWorthJoining = 64_KiB;

}  // namespace

Replay::Replay(const AccessTrace& trace, ByteCount image_size, ReplayLimits limits)
    : limits_(limits), cell_(std::min(limits.block, kLargestPiece)) {
  if (limits_.unread < cell_ * 2 || limits_.pieces < 2) return;
  pieces_ = cut(trace, image_size);
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    in_cell_[block_at(pieces_[i].range.begin, cell_).value].push_back(i);
  }
}

/// Cuts the trace into pieces at the ends of cells, and joins ranges within a cell. Each piece takes the order of its
/// first range.
std::vector<Replay::Piece> Replay::cut(const AccessTrace& trace, ByteCount image_size) const {
  const ByteRange whole{Offset{}, Offset{image_size.value}};
  std::vector<Piece> parts;
  ByteCount bytes;
  for (const ByteRange& range : trace.ranges) {
    const ByteRange inside = range.intersect(whole);
    bytes += inside.size();
    if (bytes > kMostBytes) break;  // not a trace made by rimfs
    for (Offset at = inside.begin; at < inside.end;) {
      const Offset end = std::min(block_start(block_at(at, cell_).next(), cell_), inside.end);
      parts.push_back({{at, end}, parts.size()});
      at = end;
    }
  }
  std::sort(parts.begin(), parts.end(), [](const Piece& a, const Piece& b) { return a.range < b.range; });
  std::vector<Piece> joined;
  for (const Piece& part : parts) {
    Piece* last = joined.empty() ? nullptr : &joined.back();
    const bool same_cell = last && block_at(last->range.begin, cell_) == block_at(part.range.begin, cell_);
    if (same_cell && part.range.begin <= last->range.end + kWorthJoining) {
      last->range.end = std::max(last->range.end, part.range.end);
      last->order = std::min(last->order, part.order);
    } else {
      joined.push_back(part);
    }
  }
  std::sort(joined.begin(), joined.end(), [](const Piece& a, const Piece& b) { return a.order < b.order; });
  return joined;
}

/// The 64ths of its cell that `range` touches. The range must not be empty and must lie in one cell.
std::uint64_t Replay::parts_of(ByteRange range) const {
  return chunks_touched(range, block_at(range.begin, cell_), cell_, cell_ / 64);
}

/// The bytes of the piece that lie in these parts of its cell.
ByteCount Replay::size_of(const Piece& piece, std::uint64_t parts) const {
  const Offset start = align_down(piece.range.begin, cell_);
  const ByteCount part = cell_ / 64;
  ByteCount sum;
  each_run(parts, [&](ChunkRun run) {
    sum += range_of(start + part * run.first, part * run.count).intersect(piece.range).size();
  });
  return sum;
}

void Replay::observe(ByteRange read) {
  if (read.empty() || pieces_.empty()) return;
  for (const BlockIndex cell : blocks_touched(read, cell_)) {
    const auto found = in_cell_.find(cell.value);
    if (found == in_cell_.end()) continue;
    for (const std::size_t index : found->second) {
      Piece& piece = pieces_[index];
      const ByteRange inside = piece.range.intersect(read);
      if (inside.empty()) continue;
      const std::uint64_t fresh = parts_of(inside) & ~piece.read;
      if (piece.requested && piece.read == 0) --unread_pieces_;
      if (piece.requested) used_ += size_of(piece, fresh);
      piece.read |= fresh;
    }
  }
}

ByteCount Replay::window() const { return std::min(std::max(kFirstWindow, used_ * 2), limits_.unread); }

bool Replay::is_due() const {
  return next_ < pieces_.size() && unread() * 2 <= window() && unread_pieces_ * 2 <= limits_.pieces;
}

std::vector<ByteRange> Replay::next() {
  std::vector<ByteRange> ranges;
  for (; next_ < pieces_.size(); ++next_) {
    Piece& piece = pieces_[next_];
    const ByteCount size = size_of(piece, parts_of(piece.range) & ~piece.read);
    if (size.is_zero()) continue;
    if (requested_ + size > limits_.bytes) {
      next_ = pieces_.size();
      break;
    }
    if (unread() + size > window() || unread_pieces_ >= limits_.pieces) break;
    piece.requested = true;
    if (piece.read == 0) ++unread_pieces_;
    requested_ += size;
    ranges.push_back(piece.range);
  }
  return ranges;
}

}  // namespace rimfs::traces
