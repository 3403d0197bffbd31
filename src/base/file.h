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

/// Owns an open regular file. For writing it is opened by Directory, which checks whose file
/// it is. Reads and writes are positioned,
/// whole, and repeated after interrupts. Never mapped: another process may cut the file at any time. Throws
/// Error{system} with the file's name. Any thread.
class File {
 public:
  /// Opens any file that the user named, only to read. `flags`: further ones of open(2), such as O_DIRECT.
  static File for_reading(const std::string& path, int flags = 0);

  /// For messages: the file may have another name by now.
  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_.get(); }
  ByteCount size() const;
  /// Bytes that the file system gave it.
  ByteCount allocated() const;
  /// False once its name was removed or given to another file.
  bool is_linked() const;
  /// True when both are the same file of the same file system.
  bool is_same_as(const File& other) const;

  /// Where the file system has something other than a hole at or after `from`; nothing when only holes follow.
  std::optional<Offset> next_data(Offset from) const;
  /// False when the file ends before.
  bool read(std::span<std::byte> bytes, Offset at) const;
  void write(std::span<const std::byte> bytes, Offset at);
  /// Behind what is there: for files that were opened to append.
  void append(std::span<const std::byte> bytes);
  /// Throws Error{unsupported} when files of the file system, or of the user, cannot be as large.
  void truncate(ByteCount size);
  /// What was written is on the medium afterwards, as far as the system knows.
  void sync();
  /// Gives the bytes' room back; they read as zeros.
  void punch(Offset at, ByteCount count);

  /// An exclusive lock that ends with the file or the process. False when another holds it.
  bool try_lock();

  enum class Lock { none, shared, exclusive };
  /// A lock of bytes that need not exist, held by this open file: another one conflicts, in the same process, too.
  /// Replaces what this file holds of them; ends with the file or the process. False when another's lock is in the way.
  bool try_lock_bytes(Lock lock, Offset at, ByteCount count);

 private:
  friend class Directory;
  File(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  [[noreturn]] void fail(const char* doing) const;

  std::string path_;
  Descriptor descriptor_;
};

}  // namespace rimfs
