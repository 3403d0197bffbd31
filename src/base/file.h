// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/units.h"

namespace rimfs {

/// Owns an open regular file. Files for writing are opened by Directory, which checks their owner. Reads and writes at
/// an offset transfer all bytes and continue after EINTR. A file is never mapped, because another process may truncate
/// it at any time. Throws Error{system} with the file's name. Any thread.
class File {
 public:
  /// Opens any file that the user named, read only. `flags` are additional flags of open(2), such as O_DIRECT.
  static File for_reading(const std::string& path, int flags = 0);

  /// The path for messages; the file may have been renamed since.
  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_.get(); }
  ByteCount size() const;
  /// The bytes that the file system has allocated to the file.
  ByteCount allocated() const;
  /// False after the file's last name was removed or replaced.
  bool is_linked() const;
  /// True when both objects refer to the same file of the same file system.
  bool is_same_as(const File& other) const;

  /// The first position at or after `from` that is not in a hole; nothing when only holes follow.
  std::optional<Offset> next_data(Offset from) const;
  /// Reads all of `bytes` from `at`. Returns false when the file ends first.
  bool read(std::span<std::byte> bytes, Offset at) const;
  void write(std::span<const std::byte> bytes, Offset at);
  /// Writes at the end of the file. Only for files that were opened to append.
  void append(std::span<const std::byte> bytes);
  /// Sets the size. Throws Error{unsupported} when the file system or the user's limit does not allow a file of this
  /// size.
  void truncate(ByteCount size);
  /// Makes all written data durable, as far as the system can confirm it.
  void sync();
  /// Frees the space of a range of bytes, which then read as zeros.
  void punch(Offset at, ByteCount count);

  /// Takes an exclusive lock, which ends with the file or the process. Returns false when another owner holds it.
  bool try_lock();

  enum class Lock { none, shared, exclusive };
  /// Sets a lock on a range of bytes, which need not exist. This open file owns the lock: it conflicts with other open
  /// files, also in the same process. Replaces the file's earlier lock of the range; ends with the file or the process.
  /// Returns false when another lock conflicts.
  bool try_lock_bytes(Lock lock, Offset at, ByteCount count);

 private:
  friend class Directory;
  File(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  [[noreturn]] void fail(const char* doing) const;

  std::string path_;
  Descriptor descriptor_;
};

}  // namespace rimfs
