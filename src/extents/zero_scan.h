// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace rimfs::extents {

/// True when all `size` bytes are zero. Ends at the first that is not, 64 bytes at a time.
bool is_all_zero(const std::byte* bytes, std::size_t size);

}  // namespace rimfs::extents
