// SPDX-License-Identifier: MIT
#include "cli/copy_job.h"

#include "base/checksum.h"
#include "extents/zero_scan.h"

namespace rimfs::cli {
namespace {

/// Some threads write while others wait for bytes. Readahead keeps the connections busy.
constexpr unsigned kThreads = 8;

}  // namespace

CopyJob::CopyJob(CopySource& source, File* target, const Complete& begin)
    : source_(source),
      end_{source.size().value},
      target_(target),
      next_(begin.to),
      complete_(begin),
      working_(kThreads),
      threads_(
          kThreads, [this] { work(); }, [this] { stop(); }) {}

void CopyJob::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  source_.stop();
}

std::optional<ByteRange> CopyJob::next_piece() {
  const MutexLock lock(mutex_);
  if (stopping_ || failure_) return std::nullopt;
  skip_known_zeros();
  if (next_ >= end_) return std::nullopt;
  const ByteRange piece{next_, std::min(next_ + kCopyPiece, end_)};
  next_ = piece.end;
  return piece;
}

/// Skips to the next piece that contains more than known zeros.
void CopyJob::skip_known_zeros() {
  if (next_ >= end_) return;
  const Offset data = source_.next_data(next_);
  const Offset next = data < end_ ? align_down(data, kCopyPiece) : end_;
  if (next <= next_) return;
  done_.fetch_add((next - next_).value, std::memory_order_relaxed);
  beyond_.emplace(next_, Done{next, std::nullopt});
  next_ = next;
  advance();
}

void CopyJob::work() {
  std::vector<std::byte> memory(kCopyPiece.value);
  while (const std::optional<ByteRange> piece = next_piece()) {
    const auto bytes = std::span(memory).first(piece->size().value);
    try {
      source_.read(piece->begin, bytes);
      if (target_) write(*piece, bytes);
      finished(*piece, xxh3_64(bytes));
    } catch (const Error& error) {
      const MutexLock lock(mutex_);
      if (!failure_ && error.kind() != ErrorKind::cancelled) failure_ = error;
    }
  }
  const MutexLock lock(mutex_);
  if (--working_ == 0) ended_.notify_all();
}

/// Writes the ranges between pages of zeros.
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

void CopyJob::finished(ByteRange piece, std::uint64_t sum) {
  done_.fetch_add(piece.size().value, std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  beyond_.emplace(piece.begin, Done{piece.end, sum});
  advance();
}

/// Extends the complete part with the pieces that follow it without a gap.
void CopyJob::advance() {
  while (!beyond_.empty() && beyond_.begin()->first == complete_.to) {
    const Done& done = beyond_.begin()->second;
    if (done.sum) {
      complete_.add_piece(done.end - complete_.to, *done.sum);
    } else {
      complete_.add_zeros(done.end);
    }
    beyond_.erase(beyond_.begin());
  }
}

Complete CopyJob::complete() const {
  const MutexLock lock(mutex_);
  return complete_;
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
