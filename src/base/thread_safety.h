// SPDX-License-Identifier: MIT
// Macros for clang's thread-safety analysis (-Wthread-safety); they expand to nothing for other compilers.
#pragma once

#include <mutex>

#if defined(__clang__)
#define RIMFS_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define RIMFS_THREAD_ATTRIBUTE(x)
#endif

#define RIMFS_CAPABILITY(name) RIMFS_THREAD_ATTRIBUTE(capability(name))
#define RIMFS_SCOPED_CAPABILITY RIMFS_THREAD_ATTRIBUTE(scoped_lockable)
#define RIMFS_GUARDED_BY(mutex) RIMFS_THREAD_ATTRIBUTE(guarded_by(mutex))
#define RIMFS_REQUIRES(...) RIMFS_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define RIMFS_EXCLUDES(...) RIMFS_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define RIMFS_ACQUIRE(...) RIMFS_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RIMFS_RELEASE(...) RIMFS_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))

namespace rimfs {

/// A std::mutex with annotations for the analysis.
class RIMFS_CAPABILITY("mutex") Mutex {
 public:
  void lock() RIMFS_ACQUIRE() { mutex_.lock(); }
  void unlock() RIMFS_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope. It must not be alive across a co_await.
class RIMFS_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) RIMFS_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RIMFS_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace rimfs
