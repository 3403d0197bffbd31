// SPDX-License-Identifier: MIT
#include "fetch/remote_file.h"

#include "fetch/chunks.h"

namespace rimfs::fetch {

RemoteFile::RemoteFile(std::uint32_t id, std::unique_ptr<http::Resource> resource, ByteRange stretch)
    : id_(id),
      resource_(std::move(resource)),
      stretch_(stretch),
      last_checked_(Clock::time_point::min().time_since_epoch().count()),
      extents_(stretch.size()) {}

ByteRange RemoteFile::in_resource(ByteRange range) const {
  const ByteCount shift{stretch_.begin.value};
  return {range.begin + shift, range.end + shift};
}

void RemoteFile::attach(std::shared_ptr<cache::disk::ImageStore> store, ByteCount block_size, ByteCount chunk_size) {
  store_ = std::move(store);
  store_->each_zero([&](std::uint32_t block, ChunkMask chunks) {
    for (ChunkRun run = first_run(chunks); run.count > 0; run = first_run(chunks)) {
      const Offset begin = block_start({block}, block_size) + chunk_size * run.first;
      learn(range_of(begin, chunk_size * run.count).intersect(whole()), extents::ExtentKind::zero);
      chunks &= ~chunk_run(run.first, run.count);
    }
  });
}

void RemoteFile::learn(ByteRange range, extents::ExtentKind kind) {
  const MutexLock lock(mutex_);
  extents_.learn(range, kind);
  known_zero_.store(extents_.known_zero().value, std::memory_order_relaxed);
}

bool RemoteFile::is_zero(ByteRange range) const {
  if (known_zero_.load(std::memory_order_relaxed) == 0) return false;
  const MutexLock lock(mutex_);
  return extents_.is_zero(range);
}

std::optional<Offset> RemoteFile::next_hole(Offset from) const {
  const MutexLock lock(mutex_);
  return extents_.next_hole(from);
}

std::optional<Offset> RemoteFile::next_data(Offset from) const {
  const MutexLock lock(mutex_);
  return extents_.next_data(from);
}

}  // namespace rimfs::fetch
