// SPDX-License-Identifier: MIT
#include "base/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "base/descriptor.h"

namespace rimfs {
namespace {

std::optional<std::string> read_to_end(int descriptor, std::size_t most) {
  std::string text;
  std::array<char, 16384> piece{};
  for (;;) {
    const ssize_t n = ::read(descriptor, piece.data(), piece.size());
    if (n == 0) return text;
    if (n > 0) {
      text.append(piece.data(), static_cast<std::size_t>(n));
      if (text.size() > most) return errno = EFBIG, std::nullopt;
    } else if (errno != EINTR) {
      return std::nullopt;
    }
  }
}

}  // namespace

std::optional<std::string> read_small_file(const std::string& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.is_open() ? read_to_end(file.get(), most) : std::nullopt;  // closing the descriptor preserves errno
}

}  // namespace rimfs
