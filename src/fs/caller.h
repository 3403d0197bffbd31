// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string_view>

namespace rimfs::fs {

/// True when the thread is about to end, according to the text of /proc/TID/status: SIGKILL is pending, or a signal
/// that will kill it, or one that users end programs with (SIGHUP, SIGINT, SIGQUIT, SIGTERM), caught or not. Other
/// caught signals, such as those of a timer, a progress report or the end of a child, do not end a read: they would not
/// end a read of a local file (signal(7)). Pure. proc(5) documents the format.
bool wants_to_end(std::string_view thread_status);

/// The same for a running thread. True when the thread has ended; false when it is invisible, for example in another
/// PID namespace.
bool is_ending(pid_t thread);

}  // namespace rimfs::fs
