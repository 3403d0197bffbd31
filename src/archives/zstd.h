// SPDX-License-Identifier: MIT
#pragma once

#include "archives/frames.h"

namespace rimfs::archives {

/// What frames.h offers, for zstd: its seekable format (zstd_seekable_compression_format.md, 0.1.0, in zstd's
/// contrib/seekable_format), and files of one frame (RFC 8878) that states the size of its content.

/// `size` is not zero.
std::unique_ptr<FrameTableReader> make_zstd_reader(ByteCount size);
/// Also throws Error{unsupported} for a frame that needs a dictionary. The result is the window: no other memory
/// depends on the frame.
std::vector<std::byte> decompress_zstd(const Frame& frame, std::span<const std::byte> stored);

}  // namespace rimfs::archives
