// SPDX-License-Identifier: MIT
#include "fetch/remote_file.h"

#include <algorithm>
#include <utility>

#include "base/chunks.h"
#include "base/work.h"

namespace rimfs::fetch {

RemoteFile::RemoteFile(std::uint32_t id, std::unique_ptr<http::Resource> resource, ByteRange range,
                       std::unique_ptr<CompressedContent> content, std::string refusal)
    : id_(id),
      resource_(std::move(resource)),
      range_(range),
      content_(std::move(content)),
      refusal_(std::move(refusal)),
      last_checked_(Clock::time_point::min().time_since_epoch().count()),
      extents_(range.size()),
      believed_(range.size()) {}

bool RemoteFile::is_same_part_as(const RemoteFile& other) const {
  if (range_ != other.range_ || refusal_ != other.refusal_ || !content_ != !other.content_) return false;
  return !content_ || content_->place() == other.content_->place();
}

ByteRange RemoteFile::in_resource(ByteRange range) const {
  const ByteCount shift{range_.begin.value};
  return {range.begin + shift, range.end + shift};
}

RemoteFile::Store RemoteFile::store() const {
  return store_ && resource_->identity()->is_kept_as(*kept_under_) ? store_ : nullptr;
}

RemoteFile::Store RemoteFile::attach(Store store, std::shared_ptr<const http::Identity> identity) {
  kept_under_ = std::move(identity);
  return std::exchange(store_, std::move(store));
}

void RemoteFile::learn_from(const cache::StoredImage& store, ByteCount block_size, ByteCount chunk_size) {
  store.each_zero([&](std::uint32_t block, ChunkMask chunks) {
    count_work(1);
    each_run(chunks, [&](ChunkRun run) {
      const Offset begin = block_start({block}, block_size) + chunk_size * run.first;
      learn(range_of(begin, chunk_size * run.count).intersect(whole()), extents::ExtentKind::zero);
    });
  });
}

void RemoteFile::learn(ByteRange range, extents::ExtentKind kind) {
  const MutexLock lock(mutex_);
  extents_.learn(range, kind);
  if (!map_digest_.empty()) believed_.learn(range, extents::ExtentKind::data);
  known_zero_.store(extents_.known_zero().value, std::memory_order_relaxed);
}

/// Takes the zeros of a map, which no reply has proved.
void RemoteFile::believe_zeros(const std::vector<ByteRange>& ranges) {
  count_work(ranges.size());
  constexpr std::size_t kAtOnce = 1000;  // a map may have a million ranges, and readers wait for the lock
  for (std::size_t begin = 0; begin < ranges.size(); begin += kAtOnce) {
    const MutexLock lock(mutex_);
    const std::size_t end = std::min(begin + kAtOnce, ranges.size());
    for (std::size_t i = begin; i < end; ++i) {
      believed_.learn(ranges[i], extents::ExtentKind::zero);
      extents_.learn(ranges[i], extents::ExtentKind::zero);
    }
    known_zero_.store(extents_.known_zero().value, std::memory_order_relaxed);
  }
}

void RemoteFile::believe_map(const std::vector<ByteRange>& zeros, std::string digest) {
  {
    const MutexLock lock(mutex_);
    map_digest_ = std::move(digest);  // before the zeros, which must not appear under the bare version's identity
  }
  believe_zeros(zeros);
}

std::string RemoteFile::map_digest() const {
  const MutexLock lock(mutex_);
  return map_digest_;
}

ChunkMask RemoteFile::zero_chunks(BlockIndex block, ByteCount block_size, ByteCount chunk_size,
                                  ByteCount shortest) const {
  if (known_zero_.load(std::memory_order_relaxed) == 0) return 0;
  const ByteRange inside = range_of(block_start(block, block_size), block_size).intersect(whole());
  ChunkMask chunks = 0;
  const MutexLock lock(mutex_);
  for (Offset at = inside.begin; at < inside.end;) {
    const extents::Extent extent = extents_.extent_at(at);
    const ByteRange part = extent.range.intersect(inside);
    at = part.end;
    if (extent.kind != extents::ExtentKind::zero || extent.range.size() < shortest) continue;
    const Offset begin = align_up(part.begin, chunk_size);
    const Offset end = part.end == whole().end ? align_up(part.end, chunk_size) : align_down(part.end, chunk_size);
    chunks |= chunks_touched({begin, end}, block, block_size, chunk_size);
  }
  return chunks;
}

ChunkMask RemoteFile::believed_chunks(BlockIndex block, ByteCount block_size, ByteCount chunk_size) const {
  const ByteRange inside = range_of(block_start(block, block_size), block_size).intersect(whole());
  ChunkMask chunks = 0;
  const MutexLock lock(mutex_);
  if (map_digest_.empty()) return 0;
  for (Offset at = inside.begin; at < inside.end;) {
    const extents::Extent extent = believed_.extent_at(at);
    const ByteRange part = extent.range.intersect(inside);
    at = part.end;
    if (extent.kind != extents::ExtentKind::zero) continue;
    chunks |= chunks_touched(part, block, block_size, chunk_size);
  }
  return chunks;
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
