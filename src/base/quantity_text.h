// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"

namespace rimfs {

/// Conversions between counts, sizes and durations and their text. Pure.

/// Parse a decimal number, a size such as 64K, 1M, 1.5GiB (powers of 1024), or a duration such as 500ms, 10s, 2m, 1h.
/// Return false for any other text and for values that do not fit; the result is then undefined.
bool parse_count(std::string_view text, std::uint64_t& count);
bool parse_bytes(std::string_view text, ByteCount& bytes);
bool parse_duration(std::string_view text, std::chrono::milliseconds& duration);

/// The shortest text that parse_... converts back to exactly the same value.
std::string show(ByteCount bytes);
std::string show(std::chrono::milliseconds duration);

/// A size in MiB, as text ("1.5 MiB") and as a number, for tables and progress where sizes are compared.
std::string show_mebibytes(ByteCount bytes);
double in_mebibytes(ByteCount bytes);

}  // namespace rimfs
