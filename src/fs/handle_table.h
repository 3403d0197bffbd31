// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/thread_safety.h"

namespace rimfs::fs {

/// Owns the objects of the kernel's handles; a handle is the address of its object. The table destroys handles that are
/// left at the end of the mount, which the kernel does not release. Any thread.
template <typename T>
class HandleTable {
 public:
  std::uint64_t add(std::unique_ptr<T> object) {
    const auto handle = reinterpret_cast<std::uint64_t>(object.get());
    MutexLock lock(mutex_);
    objects_.emplace(handle, std::move(object));
    return handle;
  }

  void remove(std::uint64_t handle) {
    std::unique_ptr<T> last;  // destroyed after the lock is released
    MutexLock lock(mutex_);
    const auto found = objects_.find(handle);
    if (found == objects_.end()) return;
    last = std::move(found->second);
    objects_.erase(found);
  }

  std::size_t size() const {
    MutexLock lock(mutex_);
    return objects_.size();
  }

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::uint64_t, std::unique_ptr<T>> objects_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
