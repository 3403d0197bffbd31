// SPDX-License-Identifier: MIT
#include "fs/answer_parts.h"

#include <algorithm>

namespace rimfs::fs {

AnswerParts::Receipt AnswerParts::keep(std::string text, Clock::time_point now) {
  const std::size_t parts = std::max<std::size_t>(1, (text.size() + kPartBytes - 1) / kPartBytes);
  const MutexLock lock(mutex_);
  bytes_ += ByteCount{text.size()};
  kept_.push_back({++last_, std::move(text), now + kKept});
  drop(now);
  return {last_, parts};
}

std::optional<std::string> AnswerParts::part(std::uint64_t answer, std::size_t number, Clock::time_point now) {
  const MutexLock lock(mutex_);
  drop(now);
  for (const Kept& kept : kept_) {
    if (kept.answer != answer) continue;
    const std::size_t begin = number * kPartBytes;
    if (number > 0 && (begin / kPartBytes != number || begin >= kept.text.size())) return std::nullopt;
    return kept.text.substr(begin, kPartBytes);
  }
  return std::nullopt;
}

/// The newest answer stays, however large it is: its reader has not had a chance to read it.
void AnswerParts::drop(Clock::time_point now) {
  while (!kept_.empty() && (kept_.front().until <= now || (bytes_ > kMostKept && kept_.size() > 1))) {
    bytes_ = bytes_ - ByteCount{kept_.front().text.size()};
    kept_.pop_front();
  }
}

}  // namespace rimfs::fs
