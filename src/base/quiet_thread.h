// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <thread>

namespace rimfs {

/// Starts a thread that takes no signals: those are for the main thread. Throws Error{system} when there is none to be
/// had (RLIMIT_NPROC, memory).
std::thread quiet_thread(std::function<void()> body);

}  // namespace rimfs
