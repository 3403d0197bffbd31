// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

namespace rimfs {

/// Owns one open file descriptor, or none. It is closed once, when the owner is destroyed, reset or assigned to.
/// close(2) is not repeated after EINTR, because Linux has released the number by then. Never throws and preserves
/// errno, so that a caller can still report the failure that caused the cleanup. One thread at a time.
class Descriptor {
 public:
  Descriptor() = default;
  /// Takes ownership of the result of open(2) or a similar call; a negative number means none.
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }

  bool is_open() const { return fd_ >= 0; }
  /// The number of the descriptor, which remains owned; negative when there is none.
  int get() const { return fd_; }
  /// Releases ownership to the caller, who must close the descriptor.
  int release() noexcept { return std::exchange(fd_, -1); }
  /// Closes the owned descriptor and takes ownership of `fd`.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// Both ends of a pipe, closed on exec.
struct Pipe {
  Descriptor reading;
  Descriptor writing;
};

/// Makes a new pipe. Throws Error{system} whose message begins with `purpose` when the system refuses.
Pipe make_pipe(const std::string& purpose);

}  // namespace rimfs
