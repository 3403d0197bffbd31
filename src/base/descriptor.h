// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

namespace rimfs {

/// Owns one open file descriptor, or none. It is closed once, when the owner is destroyed, reset or given another one;
/// close(2) is not repeated after EINTR, because Linux has released the number by then. Never throws; errno stays as it
/// was, so that a caller may report the failure that made it give up. One thread at a time.
class Descriptor {
 public:
  Descriptor() = default;
  /// Takes what open(2) and its kind return; a negative number means none.
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }

  bool is_open() const { return fd_ >= 0; }
  /// The number, which stays owned; negative when there is none.
  int get() const { return fd_; }
  /// Gives the descriptor to the caller, who closes it.
  int release() noexcept { return std::exchange(fd_, -1); }
  /// Closes what is owned and owns `fd` instead.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// Both ends of a pipe, closed on exec.
struct Pipe {
  Descriptor reading;
  Descriptor writing;
};

/// A new pipe. Throws Error{system} that begins with `purpose` when the system has none.
Pipe make_pipe(const std::string& purpose);

}  // namespace rimfs
