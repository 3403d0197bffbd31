// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace rimfs::cli {

/// What commands write to the standard output and the standard error. Either may be full, closed, or a terminal that no
/// longer exists: writing never throws. One thread.

/// Writes to the standard output. flush_output() reports errors.
void print(std::string_view text);
template <typename... Args>
requires(sizeof...(Args) > 0) void print(fmt::format_string<Args...> text, Args&&... args) {
  print(std::string_view(fmt::format(text, std::forward<Args>(args)...)));
}

/// Writes out what was printed. Throws Error{system} when any of it, now or before, could not be written.
void flush_output();

/// Writes to the standard error at once. Errors are ignored, because there is no other output for them.
void say(std::string_view text);

/// Reports an error on the standard error in one line. Foreign text in it is made printable.
void print_error(std::string_view message);

}  // namespace rimfs::cli
