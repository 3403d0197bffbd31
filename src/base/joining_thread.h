// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace rimfs {

/// Owns one thread, or none. All signals are blocked in the thread; the main thread handles them. The destructor waits
/// for the thread's end, so the owner must first make the body return. As the last member of a class it is joined
/// before the members that it uses are destroyed. One thread at a time.
class JoiningThread {
 public:
  JoiningThread() = default;
  /// Starts `body`, which must not throw. Throws Error{system} when the system cannot start a thread (RLIMIT_NPROC,
  /// memory).
  explicit JoiningThread(std::function<void()> body);
  ~JoiningThread() { join(); }
  JoiningThread(JoiningThread&&) = default;
  JoiningThread& operator=(JoiningThread&& other) noexcept;

  /// Waits for the thread's end; returns at once when there is no thread.
  void join();
  /// Sends a signal to the thread. It interrupts a system call if the body has unblocked the signal. Requires a running
  /// thread.
  void send_signal(int number);

 private:
  std::thread thread_;
};

/// Owns several threads that run the same body. Construction starts all threads or none. As the last member of a class
/// it is joined before the members that it uses are destroyed. One thread at a time.
class ThreadGroup {
 public:
  /// Starts `count` threads. `stop` makes each body return soon; it is called once, before the threads are joined. When
  /// one thread cannot be started, the threads already started are ended and Error{system} is thrown.
  ThreadGroup(unsigned count, const std::function<void()>& body, std::function<void()> stop);
  ~ThreadGroup() { end(); }
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;

  bool empty() const { return threads_.empty(); }

 private:
  void end();

  const std::function<void()> stop_;
  std::vector<JoiningThread> threads_;
};

}  // namespace rimfs
