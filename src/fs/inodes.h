// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/thread_safety.h"

namespace rimfs::image {
class Image;
}

namespace rimfs::fs {

/// A file's number in the mount. 1 is the root folder; a number is never given to another image.
using InodeNumber = std::uint64_t;
constexpr InodeNumber kRootInode = 1;

/// Inodes: which number stands for which Image, and how often the kernel knows it. Keeps an Image alive while
/// the kernel may name it, and forgets it when it may not; the number stays the Image's as long as the Image
/// lives. Any thread. Never looks into an Image.
class Inodes {
 public:
  /// The number of `image`, which is not null; a new one at its first use. Counts nothing.
  InodeNumber number_of(const std::shared_ptr<image::Image>& image);

  /// The same, counted as one lookup that the kernel will forget().
  InodeNumber look_up(const std::shared_ptr<image::Image>& image);

  /// Takes back `count` lookups. A number it does not know is ignored.
  void forget(InodeNumber number, std::uint64_t count);

  /// The image of a number the kernel knows; null for the root and for numbers it should not know.
  std::shared_ptr<image::Image> find(InodeNumber number) const;

  /// The number that `image` has, 0 if it never had one.
  InodeNumber known_number_of(const image::Image& image) const;

  /// How many images the kernel knows.
  std::size_t known_to_kernel() const;

 private:
  struct Number {
    InodeNumber number;
    std::weak_ptr<image::Image> image;  // tells a living image from a new one at the same address
  };
  struct Node {
    std::shared_ptr<image::Image> image;
    std::uint64_t lookups;
  };
  InodeNumber number_locked(const std::shared_ptr<image::Image>& image) RIMFS_REQUIRES(mutex_);
  void sweep_locked() RIMFS_REQUIRES(mutex_);

  mutable Mutex mutex_;
  InodeNumber next_ RIMFS_GUARDED_BY(mutex_) = kRootInode + 1;
  std::size_t sweep_at_ RIMFS_GUARDED_BY(mutex_) = 64;
  std::unordered_map<const image::Image*, Number> numbers_ RIMFS_GUARDED_BY(mutex_);
  std::unordered_map<InodeNumber, Node> nodes_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
