// SPDX-License-Identifier: MIT
#include "base/log_queue.h"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/details/log_msg_buffer.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <exception>
#include <utility>

#include "base/thread_safety.h"

// spdlog's own asynchronous logger is not used: its thread pool waits for the target without limit on destruction.

namespace rimfs {
namespace {

/// The memory that a line needs in addition to its text.
constexpr std::size_t kLineOverhead = 256;

std::size_t cost_of(const spdlog::details::log_msg& line) { return line.payload.size() + kLineOverhead; }

/// The signal that interrupts a system call of the writer. Its default action is to be ignored, so no process depends
/// on it.
constexpr int kInterrupt = SIGURG;
/// The interval between interrupts. The signal must be repeated, because it may arrive just before the writer enters
/// the call.
constexpr std::chrono::milliseconds kInterruptAgain{20};

/// Installs a handler for its lifetime that makes the signal interrupt system calls and does nothing else.
class InterruptHandler {
 public:
  InterruptHandler() {
    struct sigaction action {};
    action.sa_handler = [](int) {};  // without SA_RESTART
    sigaction(kInterrupt, &action, &before_);
  }
  ~InterruptHandler() { sigaction(kInterrupt, &before_, nullptr); }
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;

 private:
  struct sigaction before_ {};
};

void unblock_interrupt() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, kInterrupt);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

class LogQueue::State {
 public:
  explicit State(std::shared_ptr<spdlog::sinks::sink> target) : target_(std::move(target)) {}

  spdlog::sinks::sink& target() { return *target_; }

  void add(const spdlog::details::log_msg& line) {
    {
      const MutexLock lock(mutex_);
      if (waiting_bytes_ + cost_of(line) > kMostBytes) {
        ++dropped_;
        return;
      }
      waiting_bytes_ += cost_of(line);
      waiting_.emplace_back(line);
    }
    changed_.notify_all();
  }

  /// Returns true when all lines are written. `end`: the writer ends after that.
  bool drain(bool end) {
    const auto deadline = std::chrono::steady_clock::now() + kLongestFlush;
    const MutexLock lock(mutex_);
    ending_ |= end;
    changed_.notify_all();
    while (writing_ || !waiting_.empty() || dropped_ > 0) {
      if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) return false;
    }
    return true;
  }

  /// The body of the writer's thread.
  void write_all() {
    unblock_interrupt();
    for (;;) {
      std::deque<spdlog::details::log_msg_buffer> lines;
      std::size_t dropped = 0;
      if (!take(lines, dropped)) break;
      for (const auto& line : lines) write(line);
      if (dropped > 0) write_dropped(dropped);
    }
    const MutexLock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  /// Drops the lines that are not written yet.
  void give_up() {
    given_up_ = true;
    const MutexLock lock(mutex_);
    waiting_.clear();
    dropped_ = 0;
  }

  /// Returns true when the writer ends in time.
  bool wait_for_end(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    const MutexLock lock(mutex_);
    while (!ended_) {
      if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) return ended_;
    }
    return true;
  }

 private:
  /// Waits for lines. Returns false at the end.
  bool take(std::deque<spdlog::details::log_msg_buffer>& lines, std::size_t& dropped) {
    const MutexLock lock(mutex_);
    writing_ = false;
    changed_.notify_all();
    while (waiting_.empty() && dropped_ == 0) {
      if (ending_) return false;
      changed_.wait(mutex_);
    }
    lines = std::exchange(waiting_, {});
    dropped = std::exchange(dropped_, 0);
    waiting_bytes_ = 0;
    writing_ = true;
    return true;
  }

  void write(const spdlog::details::log_msg& line) {
    if (given_up_) return;
    try {
      target_->log(line);
      target_->flush();
    } catch (const std::exception&) {
      // The failure cannot be reported: this is the log.
    }
  }

  /// Called after the last accepted line and before the next one, so the message stands where the lines are missing.
  void write_dropped(std::size_t count) {
    const std::string text = fmt::format("{} lines were dropped: the log's target did not accept them in time", count);
    write(spdlog::details::log_msg("rimfs", spdlog::level::warn, text));
  }

  const std::shared_ptr<spdlog::sinks::sink> target_;

  Mutex mutex_;  // never held during a write to the target
  std::condition_variable_any changed_;
  std::deque<spdlog::details::log_msg_buffer> waiting_ RIMFS_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ RIMFS_GUARDED_BY(mutex_) = 0;
  std::size_t dropped_ RIMFS_GUARDED_BY(mutex_) = 0;
  bool writing_ RIMFS_GUARDED_BY(mutex_) = false;
  bool ending_ RIMFS_GUARDED_BY(mutex_) = false;
  bool ended_ RIMFS_GUARDED_BY(mutex_) = false;
  std::atomic<bool> given_up_{false};
};

LogQueue::LogQueue(std::shared_ptr<spdlog::sinks::sink> target)
    : state_(std::make_unique<State>(std::move(target))), writer_([state = state_.get()] { state->write_all(); }) {}

LogQueue::~LogQueue() {
  if (!state_->drain(true)) interrupt_writer();
}

void LogQueue::interrupt_writer() {
  state_->give_up();
  const InterruptHandler handler;
  const auto deadline = std::chrono::steady_clock::now() + kLongestFlush;
  do {
    writer_.send_signal(kInterrupt);
    if (state_->wait_for_end(kInterruptAgain)) return;
  } while (std::chrono::steady_clock::now() < deadline);
  std::_Exit(EXIT_FAILURE);  // only the end of the process stops a thread that hangs in its call
}

void LogQueue::log(const spdlog::details::log_msg& line) { state_->add(line); }

void LogQueue::flush() { state_->drain(false); }

void LogQueue::set_pattern(const std::string& pattern) { state_->target().set_pattern(pattern); }

void LogQueue::set_formatter(std::unique_ptr<spdlog::formatter> formatter) {
  state_->target().set_formatter(std::move(formatter));
}

}  // namespace rimfs
