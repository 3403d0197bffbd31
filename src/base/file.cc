// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace rimfs {
namespace {

off_t signed_offset(std::uint64_t value) { return static_cast<off_t>(value); }

}  // namespace

File File::for_reading(const std::string& path, int flags) {
  Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (!opened.is_open()) throw system_error("opening " + path, errno);
  return File(path, std::move(opened));
}

void File::fail(const char* doing) const { throw system_error(std::string(doing) + " " + path_, errno); }

ByteCount File::size() const {
  struct stat found {};
  if (::fstat(descriptor(), &found) != 0) fail("examining");
  return {static_cast<std::uint64_t>(found.st_size)};
}

ByteCount File::allocated() const {
  struct stat found {};
  if (::fstat(descriptor(), &found) != 0) fail("examining");
  return {static_cast<std::uint64_t>(found.st_blocks) * 512};
}

bool File::is_linked() const {
  struct stat found {};
  if (::fstat(descriptor(), &found) != 0) fail("examining");
  return found.st_nlink > 0;
}

bool File::is_same_as(const File& other) const {
  struct stat mine {};
  struct stat others {};
  if (::fstat(descriptor(), &mine) != 0) fail("examining");
  if (::fstat(other.descriptor(), &others) != 0) other.fail("examining");
  return mine.st_dev == others.st_dev && mine.st_ino == others.st_ino;
}

std::optional<Offset> File::next_data(Offset from) const {
  const off_t found = ::lseek(descriptor(), signed_offset(from.value), SEEK_DATA);
  if (found >= 0) return Offset{static_cast<std::uint64_t>(found)};
  if (errno == ENXIO) return std::nullopt;
  fail("looking for data in");
}

bool File::read(std::span<std::byte> bytes, Offset at) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pread(descriptor(), bytes.data(), bytes.size(), signed_offset(at.value));
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
    const ssize_t n = ::pwrite(descriptor(), bytes.data(), bytes.size(), signed_offset(at.value));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("writing");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    at += ByteCount{static_cast<std::uint64_t>(n)};
  }
}

void File::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("writing");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void File::truncate(ByteCount size) {
  // A size that off_t cannot represent is refused here; the conversion would make it negative.
  if (size.value > INT64_MAX) {
    errno = EFBIG;
  } else if (::ftruncate(descriptor(), signed_offset(size.value)) == 0) {
    return;
  }
  const Error error =
      system_error("setting the size of " + path_ + " to " + std::to_string(size.value) + " bytes", errno);
  throw errno == EFBIG ? Error(ErrorKind::unsupported, error.message()) : error;
}

void File::sync() {
  if (::fdatasync(descriptor()) != 0) fail("syncing");
}

void File::punch(Offset at, ByteCount count) {
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (::fallocate(descriptor(), mode, signed_offset(at.value), signed_offset(count.value)) != 0)
    fail("freeing space in");
}

bool File::try_lock() {
  if (::flock(descriptor(), LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) fail("locking");
  return false;
}

bool File::try_lock_bytes(Lock lock, Offset at, ByteCount count) {
  struct flock wanted {};
  wanted.l_type = F_WRLCK;
  if (lock == Lock::shared) wanted.l_type = F_RDLCK;
  if (lock == Lock::none) wanted.l_type = F_UNLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = signed_offset(at.value);
  wanted.l_len = signed_offset(count.value);
  if (::fcntl(descriptor(), F_OFD_SETLK, &wanted) == 0) return true;
  if (errno != EAGAIN && errno != EACCES) fail("locking");
  return false;
}

}  // namespace rimfs
