// SPDX-License-Identifier: MIT
#include "cache/disk/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace rimfs::cache::disk {

File::File(std::string path, int flags) : path_(std::move(path)), fd_(::open(path_.c_str(), flags | O_CLOEXEC, 0600)) {
  if (fd_ < 0) fail("opening");
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

void File::fail(const char* doing) const { throw system_error(std::string(doing) + " " + path_, errno); }

ByteCount File::size() const {
  struct stat found {};
  if (::fstat(fd_, &found) != 0) fail("looking at");
  return {static_cast<std::uint64_t>(found.st_size)};
}

ByteCount File::allocated() const {
  struct stat found {};
  if (::fstat(fd_, &found) != 0) fail("looking at");
  return {static_cast<std::uint64_t>(found.st_blocks) * 512};
}

std::optional<Offset> File::next_data(Offset from) const {
  const off_t found = ::lseek(fd_, static_cast<off_t>(from.value), SEEK_DATA);
  if (found >= 0) return Offset{static_cast<std::uint64_t>(found)};
  if (errno == ENXIO) return std::nullopt;
  fail("looking for data in");
}

bool File::read(std::span<std::byte> bytes, Offset at) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at.value));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("reading");
    if (n == 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    at += ByteCount{static_cast<std::uint64_t>(n)};
  }
  return true;
}

void File::write(std::span<const std::byte> bytes, Offset at) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at.value));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("writing");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    at += ByteCount{static_cast<std::uint64_t>(n)};
  }
}

void File::truncate(ByteCount size) {
  if (::ftruncate(fd_, static_cast<off_t>(size.value)) != 0) fail("truncating");
}

void File::sync() {
  if (::fdatasync(fd_) != 0) fail("syncing");
}

void File::punch(Offset at, ByteCount count) {
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (::fallocate(fd_, mode, static_cast<off_t>(at.value), static_cast<off_t>(count.value)) != 0)
    fail("freeing room in");
}

bool File::try_lock() {
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) fail("locking");
  return false;
}

void File::share_lock() {
  while (::flock(fd_, LOCK_SH) != 0) {
    if (errno != EINTR) fail("locking");
  }
}

void sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw system_error("opening " + path, errno);
  const int result = ::fsync(fd);
  ::close(fd);
  if (result != 0) throw system_error("syncing " + path, errno);
}

}  // namespace rimfs::cache::disk
