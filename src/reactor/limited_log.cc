// SPDX-License-Identifier: MIT
#include "reactor/limited_log.h"

#include <utility>

namespace rimfs::reactor {

LimitedLog::~LimitedLog() {
  const MutexLock lock(mutex_);
  for (auto& [level, limit] : limits_) tell(level, limit.close_all());
}

bool LimitedLog::write(LogLevel level, const std::string& kind, const std::string& line) {
  if (!log_.enabled(level)) return false;
  const auto now = loop_.now();
  std::vector<LogLimit::Summary> over;
  bool admitted = false;
  bool watched = false;
  {
    const MutexLock lock(mutex_);
    LogLimit& limit = limits_[level];
    over = limit.close_windows(now);
    admitted = limit.admit(kind, now);
    watched = std::exchange(watched_, true);
  }
  tell(level, over);
  if (admitted) log_.write(level, line);
  if (!watched)
    loop_.post([self = weak_from_this()] {
      if (const auto here = self.lock()) here->look_later();
    });
  return admitted;
}

void LimitedLog::look_later() {
  loop_.add_timer(LogLimit::kWindow / 4, [self = weak_from_this()] {
    if (const auto here = self.lock()) here->look();
  });
}

void LimitedLog::look() {
  const auto now = loop_.now();
  std::vector<std::pair<LogLevel, std::vector<LogLimit::Summary>>> over;
  bool more = false;
  {
    const MutexLock lock(mutex_);
    for (auto& [level, limit] : limits_) {
      over.emplace_back(level, limit.close_windows(now));
      more |= !limit.empty();
    }
    watched_ = more;
  }
  for (const auto& [level, summaries] : over) tell(level, summaries);
  if (more) look_later();
}

void LimitedLog::tell(LogLevel level, const std::vector<LogLimit::Summary>& summaries) {
  for (const LogLimit::Summary& one : summaries) {
    log_.write(level,
               fmt::format("{}: {} more such failures in {} s", one.kind, one.left_out, LogLimit::kWindow.count()));
  }
}

}  // namespace rimfs::reactor
