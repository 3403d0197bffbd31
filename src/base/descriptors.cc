// SPDX-License-Identifier: MIT
#include "base/descriptors.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/error.h"

namespace rimfs {
namespace {

constexpr unsigned kFirst = STDERR_FILENO + 1;

/// One past the last descriptor that is checked when the kernel has no close_range (added in Linux 5.9, its flag in
/// 5.11). RLIMIT_NOFILE may be a thousand million; checking that many descriptors takes minutes.
unsigned end_of_descriptors() {
  constexpr rlim_t kMost = 65536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMost;
  return static_cast<unsigned>(std::min(limit.rlim_cur, kMost));
}

void close_between(unsigned first, unsigned last) {
  if (first > last || ::close_range(first, last, 0) == 0) return;
  for (unsigned fd = first; fd <= last && fd < end_of_descriptors(); ++fd) ::close(static_cast<int>(fd));
}

}  // namespace

void open_missing_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // open() takes the lowest free number, and all lower numbers are open. Children inherit it as they inherit the
    // other two.
    if (::open("/dev/null", O_RDWR) != fd) throw system_error("cannot open /dev/null", errno);  // NOLINT
  }
}

void close_descriptors_on_exec() {
  if (::close_range(kFirst, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (unsigned fd = kFirst; fd < end_of_descriptors(); ++fd) {
    const int flags = ::fcntl(static_cast<int>(fd), F_GETFD);
    if (flags >= 0) ::fcntl(static_cast<int>(fd), F_SETFD, flags | FD_CLOEXEC);
  }
}

void close_inherited_descriptors(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned next = kFirst;
  for (const int fd : kept) {
    if (fd < static_cast<int>(next)) continue;
    close_between(next, static_cast<unsigned>(fd) - 1);
    next = static_cast<unsigned>(fd) + 1;
  }
  close_between(next, ~0U);
}

std::vector<int> descriptors_named_in(const std::vector<std::string>& words) {
  std::vector<int> found;
  for (const std::string& word : words) {
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
      for (std::size_t at = word.find(folder); at != std::string::npos; at = word.find(folder, at + 1)) {
        int fd = -1;
        const char* const number = word.data() + at + folder.size();
        if (std::from_chars(number, word.data() + word.size(), fd).ec == std::errc() && fd >= 0) found.push_back(fd);
      }
    }
  }
  return found;
}

}  // namespace rimfs
