// SPDX-License-Identifier: MIT
#include "fetch/frame_memory.h"

#include <algorithm>
#include <utility>

namespace rimfs::fetch {

FrameMemory::Content FrameMemory::find(Key key) {
  const MutexLock lock(mutex_);
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) { return one.key == key && one.content; });
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.end(), kept_, found);
  return kept_.back().content;
}

void FrameMemory::keep(Key key, Content content) { add({key, std::move(content), {}}); }

void FrameMemory::keep_piece(Key key, Bytes piece) {
  if (!piece.empty()) add({key, nullptr, std::move(piece)});
}

/// What is given back is freed after the lock is released.
void FrameMemory::add(Kept one) {
  std::list<Kept> given_back;
  const MutexLock lock(mutex_);
  bytes_ += one.size();
  kept_.push_back(std::move(one));
  while (bytes_ > kMost && kept_.size() > 1) {
    bytes_ -= kept_.front().size();
    given_back.splice(given_back.end(), kept_, kept_.begin());
  }
}

FrameMemory::Bytes FrameMemory::take_piece(Key key) {
  const MutexLock lock(mutex_);
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) { return one.key == key && !one.content; });
  if (found == kept_.end()) return {};
  bytes_ -= found->size();
  Bytes piece = std::move(found->piece);
  kept_.erase(found);
  return piece;
}

void FrameMemory::drop(const void* file) {
  std::list<Kept> given_back;
  const MutexLock lock(mutex_);
  for (auto one = kept_.begin(); one != kept_.end();) {
    const auto next = std::next(one);
    if (one->key.file == file) {
      bytes_ -= one->size();
      given_back.splice(given_back.end(), kept_, one);
    }
    one = next;
  }
}

/// Large frames take turns by themselves: small ones may follow one another without end, and would keep them waiting.
bool FrameMemory::may_begin(Key key, ByteCount bytes) const {
  if (std::find(active_.begin(), active_.end(), key) != active_.end()) return false;
  return is_large(bytes) ? !large_is_active_ : small_bytes_ + bytes <= kMost;
}

FrameMemory::Use::Use(FrameMemory& memory, Key key, ByteCount bytes) : memory_(memory), key_(key), bytes_(bytes) {
  memory_.active_.push_back(key);
  if (is_large(bytes)) {
    memory_.large_is_active_ = true;
  } else {
    memory_.small_bytes_ += bytes;
  }
}

FrameMemory::Use::~Use() {
  memory_.active_.erase(std::find(memory_.active_.begin(), memory_.active_.end(), key_));
  if (is_large(bytes_)) {
    memory_.large_is_active_ = false;
  } else {
    memory_.small_bytes_ -= bytes_;
  }
  memory_.changed_.notify_all();
}

}  // namespace rimfs::fetch
