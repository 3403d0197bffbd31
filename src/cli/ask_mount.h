// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace rimfs::cli {

/// Requests to the process behind a mount. That process may be stopped or hang, and no signal ends a system call whose
/// request it has taken. Therefore a child process sends the request, and is left behind when no answer arrives in
/// time. Called while the process has one thread.

/// A healthy process answers in milliseconds, because neither request waits for a server.
inline constexpr std::chrono::seconds kAnswerTime{5};

struct MountAnswer {
  int problem = 0;  ///< A value of errno, or 0.
  std::string text;
};

/// Checks whether the mount's process is alive, with statfs, which always reaches it (the kernel may answer stat from
/// its cache). ENOTCONN when the process has ended. Empty when it has not answered within kAnswerTime.
std::optional<MountAnswer> ask_alive(const std::string& mountpoint);

/// The status of the mount as JSON: the attribute user.rimfs.status. Empty when it has not answered within kAnswerTime.
std::optional<MountAnswer> ask_status(const std::string& mountpoint);

}  // namespace rimfs::cli
