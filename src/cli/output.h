// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace rimfs::cli {

/// What commands write to the standard output and the standard error. Either may be full, closed, or a terminal that is
/// gone: writing never throws. One thread.

/// To the standard output. What could not be written is told by flush_output().
void print(std::string_view text);
template <typename... Args>
requires(sizeof...(Args) > 0) void print(fmt::format_string<Args...> text, Args&&... args) {
  print(std::string_view(fmt::format(text, std::forward<Args>(args)...)));
}

/// Writes out what was printed. Throws Error{system} when any of it, now or before, could not be written.
void flush_output();

/// To the standard error, at once. What cannot be written is lost: there is nowhere else to say it.
void say(std::string_view text);

/// Tells on the standard error, in one line, what went wrong; foreign text in it is made printable.
void print_error(std::string_view message);

}  // namespace rimfs::cli
