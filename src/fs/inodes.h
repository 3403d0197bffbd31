// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "base/thread_safety.h"

namespace rimfs::image {
class Node;
}

namespace rimfs::fs {

/// A file's number in the mount. 1 is the root folder; a number is never given to another file or folder.
using InodeNumber = std::uint64_t;
constexpr InodeNumber kRootInode = 1;

/// Inodes: which number stands for which file or folder, and how often the kernel knows it. Keeps a Node alive while
/// the kernel may name it, and forgets it when it may not; the number stays the Node's as long as the Node
/// lives. Any thread. Never looks into a Node.
class Inodes {
 public:
  /// The number of `node`, which is not null; a new one at its first use. Counts nothing.
  InodeNumber number_of(const std::shared_ptr<image::Node>& node);

  /// The same, counted as one lookup that the kernel will forget().
  InodeNumber look_up(const std::shared_ptr<image::Node>& node);

  /// Takes back `count` lookups. A number it does not know is ignored.
  void forget(InodeNumber number, std::uint64_t count);

  /// What has a number the kernel knows; null for the root and for numbers it should not know.
  std::shared_ptr<image::Node> find(InodeNumber number) const;

  /// How many the kernel knows.
  std::size_t known_to_kernel() const;
  /// How many Nodes have a number; some of them may be dead, but for those that forget() let go.
  std::size_t numbered() const;

 private:
  struct Number {
    InodeNumber number;
    std::weak_ptr<image::Node> node;  // tells a living one from a new one at the same address
  };
  struct Known {
    std::shared_ptr<image::Node> node;
    std::uint64_t lookups;
  };
  InodeNumber number_locked(const std::shared_ptr<image::Node>& node) RIMFS_REQUIRES(mutex_);
  void drop_number(const image::Node* address);
  void sweep_some_locked() RIMFS_REQUIRES(mutex_);

  mutable Mutex mutex_;
  InodeNumber next_ RIMFS_GUARDED_BY(mutex_) = kRootInode + 1;
  const image::Node* swept_ RIMFS_GUARDED_BY(mutex_) = nullptr;  // the last one that was looked at for being dead
  // Trees: a hash table of a million files is rebuilt in one step when it grows, while the reactor waits for the lock.
  std::map<const image::Node*, Number> numbers_ RIMFS_GUARDED_BY(mutex_);
  std::map<InodeNumber, Known> nodes_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
