// SPDX-License-Identifier: MIT
#include "cache/disk/space.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <thread>

#include "base/checksum.h"
#include "base/little_endian.h"

namespace rimfs::cache::disk {
namespace {

/// The file: the number and its XXH3, 8 bytes each, little-endian.
using NumberBytes = std::array<std::byte, 16>;
constexpr std::size_t kSummed = 8;

/// The locks are on bytes of the file, whatever these contain: the first eight while the number is read and written;
/// the ninth shared while a process changes the used space, and exclusively while one recounts it.
constexpr Offset kNumber{0};
constexpr Offset kChanging{8};

ByteCount size_of(Offset what) { return what == kNumber ? ByteCount{8} : ByteCount{1}; }

NumberBytes encode(ByteCount used) {
  NumberBytes bytes{};
  put_little_endian(bytes, 0, used.value);
  put_little_endian(bytes, kSummed, xxh3_64(std::span(bytes).first(kSummed)));
  return bytes;
}

/// Nothing when the bytes are damaged.
std::optional<ByteCount> decode(const NumberBytes& bytes) {
  if (get_little_endian<std::uint64_t>(bytes, kSummed) != xxh3_64(std::span(bytes).first(kSummed))) return std::nullopt;
  return ByteCount{get_little_endian<std::uint64_t>(bytes, 0)};
}

/// The locks are held for microseconds, during a recount for milliseconds. A stopped process may keep one forever, so
/// waiting is limited to this time.
constexpr std::chrono::seconds kLongestWait{10};
constexpr std::chrono::microseconds kFirstPause{50};
constexpr std::chrono::microseconds kLongestPause{5000};

/// fcntl(2) can wait by itself, but not for a limited time.
void lock_bytes(File& file, File::Lock wanted, Offset what) {
  const auto give_up_at = std::chrono::steady_clock::now() + kLongestWait;
  std::chrono::microseconds pause = kFirstPause;
  while (!file.try_lock_bytes(wanted, what, size_of(what))) {
    if (std::chrono::steady_clock::now() > give_up_at) {
      throw Error(ErrorKind::timed_out, file.path() + ": another process keeps it locked; the process may be stopped");
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

void unlock_bytes(File& file, Offset what) noexcept {
  try {
    file.try_lock_bytes(File::Lock::none, what, size_of(what));
  } catch (const Error&) {
    // Only the server of a network file system refuses to unlock, when the lock is already gone.
  }
}

/// Holds a lock of the file.
class Locked {
 public:
  Locked(File& file, File::Lock wanted, Offset what) : file_(file), what_(what) { lock_bytes(file, wanted, what); }
  ~Locked() { unlock_bytes(file_, what_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  File& file_;
  const Offset what_;
};

}  // namespace

Space::Space(const Directory& directory, ByteCount limit, std::function<ByteCount()> count)
    : watermarks_{limit}, count_(std::move(count)), file_(directory.open_or_make("space")) {
  if (!recount()) used();
}

ByteCount Space::read_number() {
  NumberBytes bytes{};
  std::optional<ByteCount> used;
  if (file_.read(bytes, kNumber)) used = decode(bytes);
  if (!used) used = count_();  // the file was truncated or damaged: the space really used is the best estimate
  last_used_.store(used->value, std::memory_order_relaxed);
  return *used;
}

void Space::write_number(ByteCount used) {
  file_.write(encode(used), kNumber);
  last_used_.store(used.value, std::memory_order_relaxed);
}

ByteCount Space::used() {
  const MutexLock lock(mutex_);
  const Locked number(file_, File::Lock::shared, kNumber);
  return read_number();
}

bool Space::reserve(ByteCount bytes) {
  const MutexLock lock(mutex_);
  const Locked number(file_, File::Lock::exclusive, kNumber);
  const ByteCount used = read_number();
  const ByteCount ceiling = watermarks_.ceiling();
  if (bytes > ceiling || used > ceiling - bytes) return false;
  write_number(used + bytes);
  return true;
}

void Space::give_back(ByteCount bytes) {
  if (bytes.is_zero()) return;
  const MutexLock lock(mutex_);
  const Locked number(file_, File::Lock::exclusive, kNumber);
  write_number(read_number() - bytes);
}

void Space::begin_change() {
  const MutexLock lock(mutex_);
  if (changes_ == 0) lock_bytes(file_, File::Lock::shared, kChanging);
  ++changes_;
}

void Space::end_change() noexcept {
  const MutexLock lock(mutex_);
  if (--changes_ == 0) unlock_bytes(file_, kChanging);
}

bool Space::recount() {
  const MutexLock lock(mutex_);
  if (changes_ > 0 || !file_.try_lock_bytes(File::Lock::exclusive, kChanging, size_of(kChanging))) return false;
  try {
    const Locked number(file_, File::Lock::exclusive, kNumber);
    write_number(count_());
  } catch (...) {
    unlock_bytes(file_, kChanging);
    throw;
  }
  unlock_bytes(file_, kChanging);
  return true;
}

void Space::check() const {
  const MutexLock lock(mutex_);
  if (!file_.is_linked()) throw Error(ErrorKind::system, file_.path() + ": was removed");
}

}  // namespace rimfs::cache::disk
