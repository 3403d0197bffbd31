// SPDX-License-Identifier: MIT
// Access traces as files: src/traces/README.md describes the format.
#pragma once

#include <string>
#include <string_view>

#include "traces/access_trace.h"

namespace rimfs::traces {

/// The largest file of a trace.
inline constexpr ByteCount kLargestText = 256_KiB;

/// The text of the trace of the image that `key` names.
std::string write_trace(const AccessTrace& trace, std::string_view key);

/// Parses the trace in `text`, which is not trusted. Throws Error{corrupt} when it is damaged, of another version or of
/// another image, or exceeds the limits of a trace. The cost is proportional to the text.
AccessTrace read_trace(std::string_view text, std::string_view key);

}  // namespace rimfs::traces
