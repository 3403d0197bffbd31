// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/units.h"

namespace rimfs::cache::disk {

/// Owns an open file of the cache. Reads and writes are positioned, whole, and repeated after interrupts. Throws
/// Error{system} with the file's name. Any thread.
class File {
 public:
  /// `flags` as for open(2); made with mode 0600.
  File(std::string path, int flags);
  ~File();
  File(File&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    return *this;
  }

  const std::string& path() const { return path_; }
  int descriptor() const { return fd_; }
  ByteCount size() const;
  /// Bytes that the file system gave it.
  ByteCount allocated() const;

  /// Where the file system has something other than a hole at or after `from`; nothing when only holes follow.
  std::optional<Offset> next_data(Offset from) const;
  /// False when the file ends before.
  bool read(std::span<std::byte> bytes, Offset at) const;
  void write(std::span<const std::byte> bytes, Offset at);
  void truncate(ByteCount size);
  /// What was written is on the medium afterwards, as far as the system knows.
  void sync();
  /// Gives the bytes' room back; they read as zeros.
  void punch(Offset at, ByteCount count);
  /// An exclusive lock that ends with the file or the process. False when another holds it.
  bool try_lock();
  /// A lock that others may share, in place of the exclusive one. Waits.
  void share_lock();

 private:
  [[noreturn]] void fail(const char* doing) const;

  std::string path_;
  int fd_;
};

/// Makes the names of a folder's files durable.
void sync_folder(const std::string& path);

}  // namespace rimfs::cache::disk
