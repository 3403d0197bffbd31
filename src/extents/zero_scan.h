// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace rimfs::extents {

/// True when all `size` bytes are zero. Checks 64 bytes at a time and stops at the first difference.
bool is_all_zero(const std::byte* bytes, std::size_t size);

}  // namespace rimfs::extents
