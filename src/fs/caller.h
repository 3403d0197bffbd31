// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string_view>

namespace rimfs::fs {

/// Whether somebody wants the thread to end, by what /proc/TID/status says of it: SIGKILL, a signal that will kill it,
/// or one that people end programs with (SIGHUP, SIGINT, SIGQUIT, SIGTERM), caught or not. A caught timer, a question
/// for progress, a child's end are no reason to give up a read: no local file would (signal(7)). Pure; proc(5) has
/// the format.
bool wants_to_end(std::string_view thread_status);

/// The same of a living thread. True when it is gone; false when it cannot be seen, as from another PID namespace.
bool is_ending(pid_t thread);

}  // namespace rimfs::fs
