// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <thread>

namespace rimfs {

/// Starts a thread that takes no signals: those are for the main thread.
std::thread quiet_thread(std::function<void()> body);

}  // namespace rimfs
