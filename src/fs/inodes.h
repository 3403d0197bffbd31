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

/// A file's number in the mount. 1 is the root folder. A number is never reused for another file or folder.
using InodeNumber = std::uint64_t;
constexpr InodeNumber kRootInode = 1;

/// Inode numbers of files and folders, and the kernel's lookup count of each. Keeps a Node alive while the kernel may
/// use its number; the number stays the Node's as long as the Node lives. Any thread. Uses nothing inside a Node.
class Inodes {
 public:
  /// The number of `node`, which is not null; a new one at its first use. Does not count as a lookup.
  InodeNumber number_of(const std::shared_ptr<image::Node>& node);

  /// The number of `node`, counted as one lookup, which the kernel takes back with forget().
  InodeNumber look_up(const std::shared_ptr<image::Node>& node);

  /// Takes back `count` lookups. Ignores an unknown number.
  void forget(InodeNumber number, std::uint64_t count);

  /// The Node of a number that the kernel holds. Null for the root and for unknown numbers.
  std::shared_ptr<image::Node> find(InodeNumber number) const;

  /// The number of Nodes that the kernel holds.
  std::size_t known_to_kernel() const;
  /// The number of Nodes that have a number. Includes dead ones, except those that forget() released.
  std::size_t numbered() const;

 private:
  struct Number {
    InodeNumber number;
    std::weak_ptr<image::Node> node;  // distinguishes a live Node from a new one at the same address
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
  const image::Node* swept_ RIMFS_GUARDED_BY(mutex_) = nullptr;  // the last one that was checked for being dead
  // Trees, because a hash table of a million files is rebuilt in one step when it grows, while the reactor waits for
  // the lock.
  std::map<const image::Node*, Number> numbers_ RIMFS_GUARDED_BY(mutex_);
  std::map<InodeNumber, Known> nodes_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
