// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace rimfs::cli {

/// Requests to the process behind a mount. That process may be stopped or hang, and no signal ends a system call whose
/// request it has taken. Therefore a child process sends the request, and is left behind when no answer arrives in
/// time. Called while the process has one thread.

/// A healthy process answers in milliseconds, because these requests do not wait for a server.
inline constexpr std::chrono::seconds kAnswerTime{5};
/// A vCenter with thousands of machines needs some seconds. The mount itself gives up after --retry-deadline, by
/// default 60 s, and its answer is better than none.
inline constexpr std::chrono::seconds kMachinesTime{65};

struct MountAnswer {
  int problem = 0;  ///< A value of errno, or 0.
  std::string text;
};

/// Checks whether the mount's process is alive, with statfs, which always reaches it (the kernel may answer stat from
/// its cache). ENOTCONN when the process has ended. Empty when it has not answered within kAnswerTime.
std::optional<MountAnswer> ask_alive(const std::string& mountpoint);

/// The status of the mount as JSON: the attribute user.rimfs.status. Empty when it has not answered within kAnswerTime.
std::optional<MountAnswer> ask_status(const std::string& mountpoint);

/// The virtual machines below a folder of a mount, as the server knows them now: catalog::machines_json(). ENODATA when
/// the folder is no part of a vSphere server; EBADMSG when the mount's answer is not complete. Empty when it has not
/// answered within kMachinesTime.
std::optional<MountAnswer> ask_machines(const std::string& folder);

}  // namespace rimfs::cli
