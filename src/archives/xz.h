// SPDX-License-Identifier: MIT
#pragma once

#include "archives/frames.h"

namespace rimfs::archives {

/// What frames.h offers, for xz: https://tukaani.org/xz/xz-file-format.txt. A frame is a block of a stream. Its stored
/// bytes are header, compressed data, padding and check.

/// `size` is not zero.
std::unique_ptr<FrameTableReader> make_xz_reader(ByteCount size);
/// Also throws Error{unsupported} for a filter or a check that liblzma does not know. Uses memory of twice the
/// content's size, the result included.
std::vector<std::byte> decompress_xz(const Frame& frame, std::span<const std::byte> stored);

}  // namespace rimfs::archives
