// SPDX-License-Identifier: MIT
#include "base/log_queue.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spdlog/details/log_msg.h>
#include <unistd.h>

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "base/log_stream.h"

namespace rimfs {
namespace {

/// A target that takes lines only while it is open. Any thread.
class Gate : public spdlog::sinks::sink {
 public:
  explicit Gate(bool open) : open_(open) {}

  void log(const spdlog::details::log_msg& line) override {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
    lines_.emplace_back(line.payload.data(), line.payload.size());
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable opened_;
  bool open_;
  std::vector<std::string> lines_;
};

void write(LogQueue& queue, const std::string& text) {
  queue.log(spdlog::details::log_msg("rimfs", spdlog::level::info, text));
}

TEST_CASE("lines reach the log's target in order, and all of them by the end") {
  const auto gate = std::make_shared<Gate>(true);
  std::vector<std::string> expected;
  {
    LogQueue queue(gate);
    for (int i = 0; i < 1000; ++i) {
      expected.push_back(std::to_string(i));
      write(queue, expected.back());
      if (i != 500) continue;
      queue.flush();
      CHECK(gate->lines() == expected);
    }
  }
  CHECK(gate->lines() == expected);
}

TEST_CASE("a blocked target does not block loggers, and later receives the number of dropped lines") {
  constexpr std::size_t kLines = 20'000;
  const auto gate = std::make_shared<Gate>(false);
  LogQueue queue(gate);
  const std::string text(100, 'x');
  for (std::size_t i = 0; i < kLines; ++i) write(queue, text);
  gate->open();
  std::size_t written = 0, dropped = 0;
  // A flush has a time limit, and a busy machine writes less in it. When the writer starts late, lines are dropped
  // before it waits in the target and after: it tells of each.
  for (int flushes = 0; flushes < 30 && written + dropped < kLines; ++flushes) {
    queue.flush();
    written = dropped = 0;
    for (const std::string& line : gate->lines()) {
      if (line == text) {
        ++written;
      } else {
        std::size_t count = 0;
        std::from_chars(line.data(), line.data() + line.size(), count);
        dropped += count;
        CHECK(line.find("lines were dropped") != std::string::npos);
      }
    }
  }
  CHECK(dropped > 0);
  CHECK(written + dropped == kLines);
}

TEST_CASE("a blocked target delays the end only for a limited time") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const int room = ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
  const auto begin = std::chrono::steady_clock::now();
  {
    LogQueue queue(std::make_shared<LogStream>(ends[1]));
    for (int written = 0; written <= 2 * room; written += 100) write(queue, std::string(100, 'x'));
  }
  const auto taken = std::chrono::steady_clock::now() - begin;
  CHECK(taken >= LogQueue::kLongestFlush);
  CHECK(taken < std::chrono::seconds(60));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace rimfs
