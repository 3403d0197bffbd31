// SPDX-License-Identifier: MIT
#include "fs/inodes.h"

#include <algorithm>
#include <utility>

namespace rimfs::fs {

InodeNumber Inodes::number_of(const std::shared_ptr<image::Image>& image) {
  MutexLock lock(mutex_);
  return number_locked(image);
}

InodeNumber Inodes::look_up(const std::shared_ptr<image::Image>& image) {
  MutexLock lock(mutex_);
  const InodeNumber number = number_locked(image);
  Node& node = nodes_.try_emplace(number, Node{image, 0}).first->second;
  ++node.lookups;
  return number;
}

void Inodes::forget(InodeNumber number, std::uint64_t count) {
  std::shared_ptr<image::Image> last;  // destroyed after the lock: an Image's end is not our lock's business
  MutexLock lock(mutex_);
  const auto found = nodes_.find(number);
  if (found == nodes_.end()) return;
  Node& node = found->second;
  node.lookups -= std::min(count, node.lookups);
  if (node.lookups > 0) return;
  last = std::move(node.image);
  nodes_.erase(found);
}

std::shared_ptr<image::Image> Inodes::find(InodeNumber number) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(number);
  return found == nodes_.end() ? nullptr : found->second.image;
}

InodeNumber Inodes::known_number_of(const image::Image& image) const {
  MutexLock lock(mutex_);
  const auto found = numbers_.find(&image);
  return found == numbers_.end() || found->second.image.expired() ? 0 : found->second.number;
}

std::size_t Inodes::known_to_kernel() const {
  MutexLock lock(mutex_);
  return nodes_.size();
}

InodeNumber Inodes::number_locked(const std::shared_ptr<image::Image>& image) {
  const auto found = numbers_.find(image.get());
  if (found != numbers_.end() && !found->second.image.expired()) return found->second.number;
  if (numbers_.size() >= sweep_at_) sweep_locked();
  const InodeNumber number = next_++;
  numbers_.insert_or_assign(image.get(), Number{number, image});
  return number;
}

// Doubling the mark makes the sweeps cost O(1) a number.
void Inodes::sweep_locked() {
  std::erase_if(numbers_, [](const auto& entry) { return entry.second.image.expired(); });
  sweep_at_ = 2 * numbers_.size() + 64;
}

}  // namespace rimfs::fs
