// SPDX-License-Identifier: MIT
#include "base/log_queue.h"

#include <fmt/format.h>
#include <spdlog/details/log_msg_buffer.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <utility>

#include "base/quiet_thread.h"
#include "base/thread_safety.h"

namespace rimfs {
namespace {

/// What a line costs beside its text.
constexpr std::size_t kLineOverhead = 256;

std::size_t cost_of(const spdlog::details::log_msg& line) { return line.payload.size() + kLineOverhead; }

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

  /// True when all is written. `end`: the writer ends then.
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

  /// The writer's thread, until the end.
  void write_all() {
    for (;;) {
      std::deque<spdlog::details::log_msg_buffer> lines;
      std::size_t dropped = 0;
      if (!take(lines, dropped)) return;
      for (const auto& line : lines) write(line);
      if (dropped > 0) write_dropped(dropped);
    }
  }

 private:
  /// Waits for lines. False at the end.
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
    try {
      target_->log(line);
      target_->flush();
    } catch (const std::exception&) {
      // There is nowhere to say so.
    }
  }

  /// Their place: after the last line that was taken, before the next one.
  void write_dropped(std::size_t count) {
    const std::string text = fmt::format("{} lines were dropped: the log's target did not take them in time", count);
    write(spdlog::details::log_msg("rimfs", spdlog::level::warn, text));
  }

  const std::shared_ptr<spdlog::sinks::sink> target_;

  Mutex mutex_;  // not held while the target is written to
  std::condition_variable_any changed_;
  std::deque<spdlog::details::log_msg_buffer> waiting_ RIMFS_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ RIMFS_GUARDED_BY(mutex_) = 0;
  std::size_t dropped_ RIMFS_GUARDED_BY(mutex_) = 0;
  bool writing_ RIMFS_GUARDED_BY(mutex_) = false;
  bool ending_ RIMFS_GUARDED_BY(mutex_) = false;
};

LogQueue::LogQueue(std::shared_ptr<spdlog::sinks::sink> target)
    : state_(std::make_shared<State>(std::move(target))),
      writer_(quiet_thread([state = state_] { state->write_all(); })) {}

/// A writer that hangs in its target stays behind with it until the process ends.
LogQueue::~LogQueue() {
  if (state_->drain(true)) {
    writer_.join();
  } else {
    writer_.detach();
  }
}

void LogQueue::log(const spdlog::details::log_msg& line) { state_->add(line); }

void LogQueue::flush() { state_->drain(false); }

void LogQueue::set_pattern(const std::string& pattern) { state_->target().set_pattern(pattern); }

void LogQueue::set_formatter(std::unique_ptr<spdlog::formatter> formatter) {
  state_->target().set_formatter(std::move(formatter));
}

}  // namespace rimfs
