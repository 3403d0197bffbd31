// SPDX-License-Identifier: MIT
#include "base/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace rimfs {

void Descriptor::reset(int fd) noexcept {
  const int before = std::exchange(fd_, fd);
  if (before < 0) return;
  const int problem = errno;
  ::close(before);
  errno = problem;
}

Pipe make_pipe(const std::string& purpose) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw system_error(purpose, errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace rimfs
