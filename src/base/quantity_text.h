// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"

namespace rimfs {

/// Counts, sizes and durations as people write and read them. Pure.

/// Parse a decimal number, a size as 64K, 1M, 1.5GiB (powers of 1024) or a duration as 500ms, 10s, 2m, 1h.
/// False for anything else and for what does not fit; the result is then undefined.
bool parse_count(std::string_view text, std::uint64_t& count);
bool parse_bytes(std::string_view text, ByteCount& bytes);
bool parse_duration(std::string_view text, std::chrono::milliseconds& duration);

/// The shortest form that parse_... understands and that says exactly the same.
std::string show(ByteCount bytes);
std::string show(std::chrono::milliseconds duration);

/// For tables and progress, where sizes are compared: "1.5 MiB", and the number alone.
std::string show_mebibytes(ByteCount bytes);
double in_mebibytes(ByteCount bytes);

}  // namespace rimfs
