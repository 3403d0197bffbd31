// SPDX-License-Identifier: MIT
// Access traces as files: the form stands in src/traces/README.md.
#pragma once

#include <string>
#include <string_view>

#include "traces/access_trace.h"

namespace rimfs::traces {

/// No file of a trace is larger.
inline constexpr ByteCount kLargestText = 256_KiB;

/// The trace of the image that `key` names, as text.
std::string write_trace(const AccessTrace& trace, std::string_view key);

/// The trace in `text`, whoever wrote it. Throws Error{corrupt} when it is damaged, is of another version or of another
/// image, or says what no trace may. Costs what the text costs.
AccessTrace read_trace(std::string_view text, std::string_view key);

}  // namespace rimfs::traces
