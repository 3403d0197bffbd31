// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace rimfs::cache::disk::test {

/// What the system does to the cache's files, for this test program: its own pwrite, fdatasync, sync_file_range,
/// ftruncate, renameat and fallocate stand before the C library's. One test at a time; the thread that arms them.
enum class Call { write, sync, write_out, truncate, rename, punch };

/// While it lives, the `nth` next call of the kind (0: the very next) fails with this errno; those after it succeed, as
/// an error of the disk is told once.
class FailOnce {
 public:
  FailOnce(Call call, int error, unsigned nth = 0);
  ~FailOnce();
  FailOnce(const FailOnce&) = delete;
  FailOnce& operator=(const FailOnce&) = delete;
  bool happened() const;
};

/// While it lives, `after` is told of each call that succeeded, with the file's path.
class Watch {
 public:
  explicit Watch(std::function<void(Call call, const std::string& path)> after);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

}  // namespace rimfs::cache::disk::test
