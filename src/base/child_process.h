// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/descriptor.h"

namespace rimfs {

/// Functions shared by the code that starts processes. Each caller starts its processes in a different way and
/// documents the reason.

/// Opens a process as a descriptor (pidfd_open(2)). The descriptor keeps referring to this process when the kernel
/// reuses the number, is readable once the process has ended, and is closed on exec. Returns an empty Descriptor and
/// sets errno when the process does not exist.
Descriptor open_process(pid_t pid);

/// Waits until a child has ended; continues after EINTR. Returns the status of waitpid(2). Returns nothing and sets
/// errno when the process is not a child of this one or its status is lost (SIGCHLD is ignored). Blocks the calling
/// thread.
std::optional<int> wait_for_child(pid_t child);

/// Converts a status of waitpid(2) to the shell's convention: the exit status, or 128 plus the number of the signal
/// that ended or stopped the process. Pure.
int shell_status(int status);

}  // namespace rimfs
