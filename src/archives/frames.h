// SPDX-License-Identifier: MIT
// A file that is compressed in pieces that can be decompressed alone: blocks of xz, frames of zstd's seekable format.
// Here both are called frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/byte_range.h"
#include "base/units.h"

namespace rimfs::archives {

enum class Compression : std::uint8_t { xz, zstd };

/// One piece that can be decompressed alone. A plain value.
struct Frame {
  ByteRange stored;   ///< Where its compressed bytes lie in the file. Not empty.
  ByteRange content;  ///< Where its decompressed bytes lie in the content. Not empty.
  std::uint32_t check =
      0;  ///< xz: the kind of check of its stream (lzma_check). zstd: the frame's checksum, if there is one.
  bool has_check = false;  ///< zstd: `check` is one.

  bool operator==(const Frame&) const = default;
};

/// The frames of one file. A plain value: the content of consecutive frames is consecutive and begins at 0.
struct FrameTable {
  Compression compression = Compression::xz;
  std::vector<Frame> frames;

  bool operator==(const FrameTable&) const = default;

  /// The size of the content.
  ByteCount size() const { return frames.empty() ? ByteCount{} : ByteCount{frames.back().content.end.value}; }
  /// The frame that has this byte of the content, which lies before size().
  const Frame& at(Offset content) const;
};

/// The largest content of a frame that is accepted. `xz -9 -T0` makes blocks of 192 MiB.
constexpr ByteCount kLargestFrame = 256_MiB;
/// The most frames of a file: 8 TiB in frames of 1 MiB.
constexpr std::size_t kMostFrames = 8'000'000;

/// Reads the table of frames of one file of a known size, as an IndexReader reads an index. One thread at a time.
class FrameTableReader {
 public:
  virtual ~FrameTableReader() = default;

  /// The bytes that are needed next: not empty, within the file, at most 1 MiB. Nothing: the table is complete.
  virtual std::optional<ByteRange> wanted() const = 0;
  /// Takes bytes of the file that lie at `from` and contain wanted(). Throws Error{corrupt} when this is no such file,
  /// or damaged; Error{unsupported}, with what to do, when its frames are too large, or it has none that can be found.
  virtual void take(Offset from, std::span<const std::byte> bytes) = 0;
  /// The table, once wanted() is nothing. The reader is empty afterwards.
  virtual FrameTable finish() = 0;
};

/// The reader for a file of `size` bytes. Throws Error{corrupt} when that is 0.
std::unique_ptr<FrameTableReader> make_frame_table_reader(Compression compression, ByteCount size);

/// Decompresses one frame: its content, all of it. `stored` are its bytes, all of them. Checks the sums that the format
/// has. Throws Error{corrupt}; Error{unsupported}, with what to do, when the frame needs what the library does not
/// have; Error{system} when no memory is left. Any thread.
std::vector<std::byte> decompress(Compression compression, const Frame& frame, std::span<const std::byte> stored);

}  // namespace rimfs::archives
