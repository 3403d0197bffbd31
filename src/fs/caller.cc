// SPDX-License-Identifier: MIT
#include "fs/caller.h"

#include <charconv>
#include <csignal>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "base/small_file.h"

namespace rimfs::fs {
namespace {

constexpr std::uint64_t mask_of(std::initializer_list<int> signals) {
  std::uint64_t mask = 0;
  for (const int number : signals) mask |= std::uint64_t{1} << (number - 1);
  return mask;
}

constexpr std::uint64_t kKill = mask_of({SIGKILL});
constexpr std::uint64_t kEnd = mask_of({SIGHUP, SIGINT, SIGQUIT, SIGTERM});
// The signals that end no program by default.
constexpr std::uint64_t kHarmless = mask_of({SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU});

/// The hexadecimal mask after `name`, or 0 when the name is missing.
std::uint64_t mask_in(std::string_view status, std::string_view name) {
  const auto found = status.find(name);
  if (found == std::string_view::npos) return 0;
  const std::string_view digits = trimmed(status.substr(found + name.size()), " \t");
  std::uint64_t mask = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  return mask;
}

}  // namespace

bool wants_to_end(std::string_view thread_status) {
  const std::uint64_t sent = mask_in(thread_status, "\nSigPnd:") | mask_in(thread_status, "\nShdPnd:");
  const std::uint64_t blocked = mask_in(thread_status, "\nSigBlk:") | mask_in(thread_status, "\nSigIgn:");
  const std::uint64_t coming = sent & ~(blocked & ~kKill);
  const std::uint64_t deadly = ~(mask_in(thread_status, "\nSigCgt:") | kHarmless);
  return (coming & (kKill | kEnd | deadly)) != 0;
}

bool is_ending(pid_t thread) {
  if (thread <= 0) return false;
  const std::optional<std::string> status = read_small_file("/proc/" + std::to_string(thread) + "/status");
  return !status || wants_to_end(*status);
}

}  // namespace rimfs::fs
