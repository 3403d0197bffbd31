// SPDX-License-Identifier: MIT
#include "cache/disk/space.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include <cerrno>

namespace rimfs::cache::disk {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "the number is shared between processes");

Space::Space(const std::string& path, ByteCount limit, const std::function<ByteCount()>& count)
    : watermarks_{limit}, file_(path, O_RDWR | O_CREAT), used_(nullptr) {
  if (file_.size().value < sizeof(*used_)) file_.truncate(ByteCount{sizeof(*used_)});
  void* shared = ::mmap(nullptr, sizeof(*used_), PROT_READ | PROT_WRITE, MAP_SHARED, file_.descriptor(), 0);
  if (shared == MAP_FAILED) throw system_error("sharing " + path, errno);
  used_ = static_cast<std::atomic<std::uint64_t>*>(shared);
  // Whoever died may have reserved what it never wrote.
  if (file_.try_lock()) used_->store(count().value, std::memory_order_relaxed);
  file_.share_lock();
}

Space::~Space() { ::munmap(used_, sizeof(*used_)); }

bool Space::reserve(ByteCount bytes) {
  std::uint64_t before = used_->load(std::memory_order_relaxed);
  do {
    if (before + bytes.value > watermarks_.ceiling().value) return false;
  } while (!used_->compare_exchange_weak(before, before + bytes.value, std::memory_order_relaxed));
  return true;
}

void Space::give_back(ByteCount bytes) {
  std::uint64_t before = used_->load(std::memory_order_relaxed);
  while (!used_->compare_exchange_weak(before, before > bytes.value ? before - bytes.value : 0,
                                       std::memory_order_relaxed)) {
  }
}

ByteCount free_space(const std::string& path) {
  struct statvfs found {};
  if (::statvfs(path.c_str(), &found) != 0) return {};
  return {static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize};
}

}  // namespace rimfs::cache::disk
