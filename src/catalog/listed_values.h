// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"

namespace rimfs::catalog {

/// A size in bytes as listings write it. Nothing for what is no number ("-1": the server does not know), and for one
/// that no offset reaches: those are signed in every system call. Pure.
std::optional<ByteCount> listed_size(std::string_view text);

/// Seconds since 1970 of "2024-02-03T04:05:06Z", perhaps with a fraction, which is dropped, or of a time as HTTP writes
/// it. Pure.
std::optional<std::int64_t> listed_time(const std::string& text);

}  // namespace rimfs::catalog
