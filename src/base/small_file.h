// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace rimfs {

/// The whole text of a small file, or nullopt when it cannot be opened or read to its end; errno then says why: EFBIG
/// when it has more than `most` bytes, of which a device such as /dev/zero has no end.
/// Meant for /proc above all, where a read fails with ESRCH when the process has ended since the open: the buffer of a
/// std::ifstream throws then. Never waits for the network, except for a file that lies there. Any thread.
std::optional<std::string> read_small_file(const std::string& path, std::size_t most = SIZE_MAX);

}  // namespace rimfs
