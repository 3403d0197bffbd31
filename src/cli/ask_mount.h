// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace rimfs::cli {

/// Questions to the process behind a mount. It may be stopped or hang, and no signal ends a system call whose request
/// it has taken: so a child asks, and is left behind when there is no answer in time. From a process of one thread.

/// A healthy process answers in milliseconds: neither question waits for a server.
inline constexpr std::chrono::seconds kAnswerTime{5};

struct MountAnswer {
  int problem = 0;  ///< A value of errno; 0: none.
  std::string text;
};

/// Whether its process lives: statfs, which always reaches it (stat may be answered from the kernel's cache). ENOTCONN
/// when the process is gone. Nothing when it has not answered within kAnswerTime.
std::optional<MountAnswer> ask_alive(const std::string& mountpoint);

/// What it tells of itself, as JSON: the attribute user.rimfs.status. Nothing when it has not answered within
/// kAnswerTime.
std::optional<MountAnswer> ask_status(const std::string& mountpoint);

}  // namespace rimfs::cli
