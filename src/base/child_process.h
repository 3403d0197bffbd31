// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/descriptor.h"

namespace rimfs {

/// What those who start processes have in common. How each starts its own differs for good reasons, which stand there.

/// A process as a descriptor (pidfd_open(2)): it stays this process's when the number is used again, is readable once
/// the process has ended, and is closed on exec. None, with errno set, when there is no such process.
Descriptor open_process(pid_t pid);

/// Waits for the end of a child, through interrupts. Its status as waitpid(2) gives it; nothing, with errno set, when
/// it is no child of ours or its status is lost (SIGCHLD is ignored). Blocks the calling thread.
std::optional<int> wait_for_child(pid_t child);

/// A status of waitpid(2) as the shell counts: the exit status, or 128 and the number of the signal that ended or
/// stopped the process. Pure.
int shell_status(int status);

}  // namespace rimfs
