// SPDX-License-Identifier: MIT
#include "cache/disk/faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

namespace rimfs::cache::disk::test {
namespace {

struct Fault {
  Call call;
  int error;
  unsigned left;
};

thread_local std::optional<Fault> armed;
thread_local bool has_failed = false;
thread_local std::function<void(Call, const std::string&)> watcher;

bool fails(Call call) {
  if (!armed || armed->call != call || armed->left-- != 0) return false;
  errno = armed->error;
  armed.reset();
  has_failed = true;
  return true;
}

std::string path_of(int fd) {
  std::array<char, 4096> path{};
  const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size());
  return n < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(n));
}

void tell(Call call, const std::string& path) {
  if (!watcher) return;
  const auto now = std::exchange(watcher, nullptr);  // what it does itself is not told
  now(call, path);
  watcher = now;
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <typename Result>
Result told(Call call, int fd, Result result) {
  if (result >= 0 && watcher) tell(call, path_of(fd));
  return result;
}

}  // namespace

FailOnce::FailOnce(Call call, int error, unsigned nth) {
  armed = Fault{call, error, nth};
  has_failed = false;
}
FailOnce::~FailOnce() { armed.reset(); }
bool FailOnce::happened() const { return has_failed; }

Watch::Watch(std::function<void(Call, const std::string&)> after) { watcher = std::move(after); }
Watch::~Watch() { watcher = nullptr; }

}  // namespace rimfs::cache::disk::test

using rimfs::cache::disk::test::Call;
using rimfs::cache::disk::test::fails;
using rimfs::cache::disk::test::path_of;
using rimfs::cache::disk::test::real;
using rimfs::cache::disk::test::tell;
using rimfs::cache::disk::test::told;

// With 64-bit offsets these names are the linker's pwrite64, ftruncate64 and fallocate64.
extern "C" ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  static const auto next = real<decltype(pwrite)>("pwrite64");
  return fails(Call::write) ? -1 : told(Call::write, fd, next(fd, bytes, size, at));
}

extern "C" int fdatasync(int fd) {
  static const auto next = real<decltype(fdatasync)>("fdatasync");
  return fails(Call::sync) ? -1 : told(Call::sync, fd, next(fd));
}

extern "C" int sync_file_range(int fd, off64_t from, off64_t size, unsigned flags) {
  static const auto next = real<decltype(sync_file_range)>("sync_file_range");
  const bool waits = (flags & SYNC_FILE_RANGE_WAIT_AFTER) != 0;
  return waits && fails(Call::write_out) ? -1 : next(fd, from, size, flags);
}

extern "C" int ftruncate(int fd, off_t size) noexcept {
  static const auto next = real<int(int, off_t)>("ftruncate64");
  return fails(Call::truncate) ? -1 : told(Call::truncate, fd, next(fd, size));
}

extern "C" int fallocate(int fd, int mode, off_t at, off_t size) {
  static const auto next = real<decltype(fallocate)>("fallocate64");
  return fails(Call::punch) ? -1 : told(Call::punch, fd, next(fd, mode, at, size));
}

extern "C" int renameat(int from_in, const char* from, int to_in, const char* to) noexcept {
  static const auto next = real<int(int, const char*, int, const char*)>("renameat");
  if (fails(Call::rename)) return -1;
  const int result = next(from_in, from, to_in, to);
  if (result == 0) tell(Call::rename, path_of(to_in) + "/" + to);
  return result;
}
