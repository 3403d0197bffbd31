// SPDX-License-Identifier: MIT
#include "fs/inodes.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rimfs::fs {

InodeNumber Inodes::number_of(const std::shared_ptr<image::Node>& node) {
  MutexLock lock(mutex_);
  return number_locked(node);
}

InodeNumber Inodes::look_up(const std::shared_ptr<image::Node>& node) {
  MutexLock lock(mutex_);
  const InodeNumber number = number_locked(node);
  ++nodes_.try_emplace(number, Known{node, 0}).first->second.lookups;
  return number;
}

void Inodes::forget(InodeNumber number, std::uint64_t count) {
  std::shared_ptr<image::Node> last;  // released after the lock, because the end of a Node takes other locks
  {
    const MutexLock lock(mutex_);
    const auto found = nodes_.find(number);
    if (found == nodes_.end()) return;
    Known& known = found->second;
    known.lookups -= std::min(count, known.lookups);
    if (known.lookups > 0) return;
    last = std::move(known.node);
    nodes_.erase(found);
  }
  const image::Node* const address = last.get();
  last.reset();
  drop_number(address);
}

// The entry is dropped because its weak pointer keeps the memory of the dead Node.
void Inodes::drop_number(const image::Node* address) {
  const MutexLock lock(mutex_);
  const auto found = numbers_.find(address);
  if (found != numbers_.end() && found->second.node.expired()) numbers_.erase(found);
}

std::shared_ptr<image::Node> Inodes::find(InodeNumber number) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(number);
  return found == nodes_.end() ? nullptr : found->second.node;
}

std::size_t Inodes::known_to_kernel() const {
  MutexLock lock(mutex_);
  return nodes_.size();
}

std::size_t Inodes::numbered() const {
  MutexLock lock(mutex_);
  return numbers_.size();
}

InodeNumber Inodes::number_locked(const std::shared_ptr<image::Node>& node) {
  const auto found = numbers_.find(node.get());
  if (found != numbers_.end() && !found->second.node.expired()) return found->second.number;
  sweep_some_locked();
  const InodeNumber number = next_++;
  numbers_.insert_or_assign(node.get(), Number{number, node});
  return number;
}

// Examines a few entries for each number that is added, so that dead ones do not accumulate and no call holds the lock
// for long.
void Inodes::sweep_some_locked() {
  constexpr unsigned kAtOnce = 4;
  auto next = numbers_.upper_bound(swept_);
  for (unsigned i = 0; i < kAtOnce && next != numbers_.end(); ++i) {
    swept_ = next->first;
    next = next->second.node.expired() ? numbers_.erase(next) : std::next(next);
  }
  if (next == numbers_.end()) swept_ = nullptr;
}

}  // namespace rimfs::fs
