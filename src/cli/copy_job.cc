// SPDX-License-Identifier: MIT
#include "cli/copy_job.h"

#include <cstring>

#include "extents/zero_scan.h"
#include "reactor/offload.h"

namespace rimfs::cli {
namespace {

/// Threads that write while others wait for bytes; readahead does the rest.
constexpr unsigned kThreads = 8;
constexpr ByteCount kPiece = 256_KiB;
/// Zeros are left out in steps of this, the block size of most file systems.
constexpr ByteCount kPage = 4_KiB;

/// Lets a thread wait for one read. The bytes are valid during the call only, so they are copied.
class WaitingRead {
 public:
  explicit WaitingRead(std::vector<std::byte>& bytes) : bytes_(bytes) {}

  void done(std::span<const iovec> parts) {
    std::size_t at = 0;
    for (const iovec& part : parts) {
      std::memcpy(bytes_.data() + at, part.iov_base, part.iov_len);
      at += part.iov_len;
    }
    finish(std::nullopt);
  }
  void finish(const std::optional<Error>& error) {
    const MutexLock lock(mutex_);
    error_ = error;
    finished_ = true;
    changed_.notify_all();
  }
  /// Throws the read's Error.
  void wait() {
    const MutexLock lock(mutex_);
    while (!finished_) changed_.wait(mutex_);
    if (error_) throw *error_;
  }

 private:
  std::vector<std::byte>& bytes_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool finished_ RIMFS_GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ RIMFS_GUARDED_BY(mutex_);
};

class Completion : public image::ReadCompletion {
 public:
  explicit Completion(std::shared_ptr<WaitingRead> read) : read_(std::move(read)) {}
  void done(std::span<const iovec> parts) override { read_->done(parts); }
  void failed(const Error& error) override { read_->finish(error); }

 private:
  const std::shared_ptr<WaitingRead> read_;  // outlives a waiter that returned from the very notification
};

}  // namespace

CopyJob::CopyJob(std::shared_ptr<image::Image> image, cache::disk::File* target, Offset begin)
    : image_(std::move(image)), handle_(image_->open()), target_(target), next_(begin), complete_to_(begin) {
  {
    const MutexLock lock(mutex_);
    working_ = kThreads;
  }
  for (unsigned i = 0; i < kThreads; ++i) threads_.push_back(reactor::quiet_thread([this] { work(); }));
}

CopyJob::~CopyJob() {
  stop();
  for (std::thread& thread : threads_) thread.join();
}

void CopyJob::stop() {
  std::set<std::uint64_t> waiting;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    waiting.swap(tickets_);
  }
  for (const std::uint64_t ticket : waiting) image_->interrupt(ticket);
}

/// Fills `bytes` with the piece. Throws the read's Error.
void CopyJob::read(ByteRange piece, std::vector<std::byte>& bytes) {
  const auto waiting = std::make_shared<WaitingRead>(bytes);
  const std::uint64_t ticket = image_->read(*handle_, piece, std::make_unique<Completion>(waiting));
  {
    const MutexLock lock(mutex_);
    if (ticket != 0 && !stopping_) tickets_.insert(ticket);
    if (ticket != 0 && stopping_) image_->interrupt(ticket);
  }
  waiting->wait();
  const MutexLock lock(mutex_);
  tickets_.erase(ticket);
}

std::optional<ByteRange> CopyJob::next_piece() {
  const MutexLock lock(mutex_);
  const Offset end{image_->size().value};
  if (stopping_ || failure_ || next_ >= end) return std::nullopt;
  const ByteRange piece{next_, std::min(next_ + kPiece, end)};
  next_ = piece.end;
  return piece;
}

void CopyJob::work() {
  std::vector<std::byte> bytes(kPiece.value);
  while (const std::optional<ByteRange> piece = next_piece()) {
    try {
      read(*piece, bytes);
      if (target_) write(*piece, std::span(bytes).first(piece->size().value));
      finished(*piece);
    } catch (const Error& error) {
      const MutexLock lock(mutex_);
      if (!failure_ && error.kind() != ErrorKind::cancelled) failure_ = error;
    }
  }
  const MutexLock lock(mutex_);
  if (--working_ == 0) ended_.notify_all();
}

/// Writes the stretches between pages of zeros.
void CopyJob::write(ByteRange piece, std::span<const std::byte> bytes) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kPage.value) {
    const std::size_t size = std::min<std::size_t>(kPage.value, bytes.size() - at);
    if (!extents::is_all_zero(bytes.data() + at, size)) continue;
    if (at > begin) target_->write(bytes.subspan(begin, at - begin), piece.begin + ByteCount{begin});
    begin = at + size;
  }
  if (begin < bytes.size()) target_->write(bytes.subspan(begin), piece.begin + ByteCount{begin});
}

void CopyJob::finished(ByteRange piece) {
  done_.fetch_add(piece.size().value, std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  beyond_.insert(piece.begin.value);
  const Offset end{image_->size().value};
  while (!beyond_.empty() && *beyond_.begin() == complete_to_.value) {
    beyond_.erase(beyond_.begin());
    complete_to_ = std::min(complete_to_ + kPiece, end);
  }
}

Offset CopyJob::complete_to() const {
  const MutexLock lock(mutex_);
  return complete_to_;
}

std::optional<Error> CopyJob::failure() const {
  const MutexLock lock(mutex_);
  return failure_;
}

bool CopyJob::wait(std::chrono::milliseconds time) {
  const MutexLock lock(mutex_);
  if (working_ > 0) ended_.wait_for(mutex_, time);
  return working_ == 0;
}

}  // namespace rimfs::cli
