// SPDX-License-Identifier: MIT
#include "cache/disk/space.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace rimfs::cache::disk {
namespace {

/// The file: the number, 8 bytes, little-endian. Locked are these bytes, for as long as it takes to read and write
/// them; and a byte behind them, shared while a process changes what is there, exclusive while one counts that.
constexpr Offset kNumber{0};
constexpr Offset kChanging{8};
using NumberBytes = std::array<std::byte, 8>;

ByteCount size_of(Offset what) { return what == kNumber ? ByteCount{sizeof(NumberBytes)} : ByteCount{1}; }

/// The locks are held for microseconds, while one counts for milliseconds. A process that was stopped may keep one for
/// ever; whoever waits longer than this gives up.
constexpr std::chrono::seconds kLongestWait{10};
constexpr std::chrono::microseconds kFirstPause{50};
constexpr std::chrono::microseconds kLongestPause{5000};

/// fcntl(2) can wait by itself, but not for a limited time.
void lock_bytes(File& file, File::Lock wanted, Offset what) {
  const auto give_up_at = std::chrono::steady_clock::now() + kLongestWait;
  std::chrono::microseconds pause = kFirstPause;
  while (!file.try_lock_bytes(wanted, what, size_of(what))) {
    if (std::chrono::steady_clock::now() > give_up_at) {
      throw Error(ErrorKind::timed_out, file.path() + ": another process keeps it locked; perhaps it was stopped");
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

void unlock_bytes(File& file, Offset what) noexcept {
  try {
    file.try_lock_bytes(File::Lock::none, what, size_of(what));
  } catch (const Error&) {
    // Only the server of a network's file system refuses that, when the lock is gone already.
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
  ByteCount used;
  if (file_.read(bytes, kNumber)) {
    for (std::size_t i = bytes.size(); i-- > 0;)
      used.value = used.value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  } else {
    used = count_();  // somebody cut the file: what is really there is the best that can be known
  }
  last_used_.store(used.value, std::memory_order_relaxed);
  return used;
}

void Space::write_number(ByteCount used) {
  NumberBytes bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(used.value >> (8 * i));
  file_.write(bytes, kNumber);
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
