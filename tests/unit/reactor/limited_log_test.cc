// SPDX-License-Identifier: MIT
#include "reactor/limited_log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/small_file.h"

namespace rimfs::reactor {
namespace {

/// A log whose lines can be read back. Owns its file.
class WrittenLog {
 public:
  explicit WrittenLog(LogLevel threshold) : log_(std::in_place, LogTarget::file, threshold, make_file()) {}
  ~WrittenLog() { ::unlink(path_.c_str()); }
  WrittenLog(const WrittenLog&) = delete;
  WrittenLog& operator=(const WrittenLog&) = delete;

  Log& log() { return *log_; }
  /// Ends the log, so that all is in the file.
  std::string text() {
    log_.reset();
    return read_small_file(path_).value_or("");
  }
  long lines() {
    const std::string all = text();
    return std::count(all.begin(), all.end(), '\n');
  }

 private:
  const std::string& make_file() {
    const int fd = ::mkstemp(path_.data());
    if (fd >= 0) ::close(fd);
    return path_;
  }

  std::string path_ = "/tmp/rimfs-limited-log-XXXXXX";
  std::optional<Log> log_;
};

TEST_CASE("15,000 similar failures produce a few lines and a summary of the same level") {
  WrittenLog written(LogLevel::warning);
  EventLoop loop;
  {
    const auto limited = std::make_shared<LimitedLog>(loop, written.log());
    unsigned admitted = 0;
    for (int i = 0; i < 15'000; ++i) {
      admitted += limited->write(LogLevel::error, "lookup ended with EACCES", std::to_string(i)) ? 1 : 0;
    }
    CHECK(admitted == LogLimit::kLines);
    CHECK(limited->write(LogLevel::error, "lookup ended with EIO", "another kind"));
  }
  CHECK(written.lines() == LogLimit::kLines + 2);
  CHECK(written.text().find("error: lookup ended with EACCES: 14995 more such failures in 60 s") != std::string::npos);
}

TEST_CASE("lines below the log's level are neither counted nor summarised") {
  WrittenLog written(LogLevel::warning);
  EventLoop loop;
  {
    const auto limited = std::make_shared<LimitedLog>(loop, written.log());
    for (int i = 0; i < 100; ++i) CHECK_FALSE(limited->write(LogLevel::info, "kind", "line"));
  }
  CHECK(written.lines() == 0);
}

TEST_CASE("a loop that runs after the log was destroyed does not access it") {
  WrittenLog written(LogLevel::info);
  EventLoop loop;
  std::make_shared<LimitedLog>(loop, written.log())->write(LogLevel::info, "kind", "line");
  loop.stop();
  loop.run();
  CHECK(written.lines() == 1);
}

}  // namespace
}  // namespace rimfs::reactor
