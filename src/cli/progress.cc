// SPDX-License-Identifier: MIT
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/quantity_text.h"
#include "cli/output.h"

namespace rimfs::cli {
Progress::Progress(ByteCount size, Offset begin)
    : size_(size), begin_(begin), terminal_(::isatty(STDERR_FILENO) != 0), start_(Clock::now()), reported_at_(start_) {}

void Progress::tell(ByteCount done) {
  const auto now = Clock::now();
  if (now - reported_at_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(5000))) return;
  reported_at_ = now;
  say(fmt::format("{}{}{}", terminal_ ? "\r" : "", line(done), terminal_ ? "\x1b[K" : "\n"));
}

void Progress::end(ByteCount done) const {
  say(fmt::format("{}{}{}\n", terminal_ ? "\r" : "", line(done), terminal_ ? "\x1b[K" : ""));
}

std::string Progress::line(ByteCount done) const {
  const ByteCount there{begin_.value + done.value};
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? in_mebibytes(done) / seconds : 0;
  const double left = rate > 0 ? in_mebibytes(size_ - there) / rate : 0;
  const double share = size_.is_zero() ? 100.0 : 100.0 * in_mebibytes(there) / in_mebibytes(size_);
  return fmt::format("{:5.1f} %  {:.1f} of {}  {:.1f} MiB/s  {:.0f} s left", share, in_mebibytes(there),
                     show_mebibytes(size_), rate, left);
}

}  // namespace rimfs::cli
