// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace rimfs {

/// Reads the whole text of a small file. Returns nullopt when it cannot be opened or read to its end, and sets errno:
/// EFBIG when it has more than `most` bytes (a device such as /dev/zero has no end).
/// Intended mainly for /proc, where a read fails with ESRCH when the process has ended since the open; the buffer of a
/// std::ifstream throws in that case. Does not wait for the network, unless the file is on a network file system. Any
/// thread.
std::optional<std::string> read_small_file(const std::string& path, std::size_t most = SIZE_MAX);

}  // namespace rimfs
