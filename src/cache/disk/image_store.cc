// SPDX-License-Identifier: MIT
#include "cache/disk/image_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/chunks.h"
#include "cache/block_number.h"
#include "extents/zero_scan.h"

namespace rimfs::cache::disk {
namespace {

/// Smaller leaks are ignored: a crash after few blocks were written.
constexpr ByteCount kSmallLeak = 1_MiB;
/// A block's last use is recorded in the index when it advanced by this time. Eviction needs no finer value, and a
/// block that is read all day adds one record an hour to the log.
constexpr std::uint32_t kNoteUseAfterSeconds = 3600;

std::uint64_t key_hash(const ImageKey& key, Geometry geometry) { return store_id(key, geometry.block).low(); }

constexpr const char* kData = "data";

/// Opens a file for writing if this process may later write it, so that it need not be reopened when the writing
/// process has ended.
File open_file(const Directory& folder, const std::string& name, ImageStore::Access access) {
  return access == ImageStore::Access::write ? folder.open_or_make(name) : folder.open(name, Directory::Access::read);
}

std::optional<File> open_lock(const Directory& folder, ImageStore::Access access) {
  if (access == ImageStore::Access::look) return std::nullopt;
  return folder.open_or_make("lock");
}

}  // namespace

ImageStore::ImageStore(Directory folder, const ImageKey& key, Geometry geometry, Space& space, Access access, Now now)
    : folder_(std::move(folder)),
      key_(key),
      geometry_(geometry),
      space_(space),
      now_(std::move(now)),
      lock_(open_lock(folder_, access)),
      data_(open_file(folder_, kData, access)),
      reader_(folder_, kData, data_),
      may_write_(lock_ && lock_->try_lock()),
      index_(folder_, open_file(folder_, IndexLog::kName, access), header(), may_write_) {
  {
    const MutexLock lock(mutex_);
    blocks_ = index_.take_blocks();
  }
  if (may_write_) begin_writing();
}

IndexHeader ImageStore::header() const {
  return {static_cast<std::uint32_t>(geometry_.block.value), key_.size.value, key_hash(key_, geometry_)};
}

void ImageStore::begin_writing() {
  if (data_.size() != key_.size) data_.truncate(key_.size);
  free_leaks();
}

bool ImageStore::try_to_write() {
  if (may_write_) return true;
  // A store that was dropped meanwhile is unlinked: a process that opens the image now uses another store.
  if (!lock_ || !lock_->try_lock() || !lock_->is_linked()) return false;
  IndexLog index(folder_, open_file(folder_, IndexLog::kName, Access::write), header(), true);
  {
    const MutexLock lock(mutex_);
    blocks_ = index.take_blocks();
  }
  index_ = std::move(index);
  begin_writing();
  may_write_.store(true, std::memory_order_release);
  return true;
}

ImageStore::~ImageStore() {
  try {
    note_uses();
  } catch (const std::exception&) {
    // Later evictions have slightly older times of use.
  }
}

Moment ImageStore::now() const {
  const auto since_1970 = now_().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_1970);
  const auto fraction = std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970 - seconds);
  return moment_of(static_cast<std::uint32_t>(seconds.count())) +
         static_cast<Moment>(fraction.count()) * 65536 / 1'000'000'000;
}

/// Appends records for blocks whose last use is newer than in the index.
void ImageStore::note_uses() {
  if (!may_write_) return;
  std::vector<StoredBlock> records;
  const MutexLock lock(mutex_);
  for (const KeptBlock& kept : blocks_) {
    if (kept.bad || kept.used_seconds < kept.stored.used + kNoteUseAfterSeconds) continue;
    records.push_back(kept.stored);
    records.back().used = kept.used_seconds;
  }
  if (!records.empty()) index_.note(records);
}

/// Frees data without a record, which a crash may leave.
void ImageStore::free_leaks() {
  if (data_.allocated() <= totals().bytes + kSmallLeak) return;
  for (std::optional<Offset> at = data_.next_data(Offset{}); at;) {
    const BlockIndex block = block_at(*at, geometry_.block);
    const Offset start = block_start(block, geometry_.block);
    if (!find(block_number(block))) {
      const Space::Change change(space_);
      const ByteCount leaked = data_.allocated();
      data_.punch(start, geometry_.block);
      space_.give_back(leaked - data_.allocated());
    }
    at = data_.next_data(start + geometry_.block);
  }
}

ByteRange ImageStore::chunk_range(std::uint32_t block, unsigned chunk) const {
  const Offset begin = block_start({block}, geometry_.block) + geometry_.chunk * chunk;
  return range_of(begin, geometry_.chunk).intersect({Offset{0}, Offset{key_.size.value}});
}

ByteCount ImageStore::bytes_of(std::uint32_t block, std::uint64_t chunks) const {
  ByteCount sum;
  each_run(chunks, [&](ChunkRun run) {
    const Offset begin = chunk_range(block, run.first).begin;
    const Offset end = chunk_range(block, run.first + run.count - 1).end;
    sum += align_up(end - begin, kPage);
  });
  return sum;
}

std::optional<StoredBlock> ImageStore::find(std::uint32_t block) const {
  const MutexLock lock(mutex_);
  const KeptBlock* found = blocks_.find(block);
  if (!found || found->bad) return std::nullopt;
  return found->stored;
}

std::uint64_t ImageStore::chunks_of(std::uint32_t block) const {
  const auto found = find(block);
  return found ? found->chunks() : 0;
}

void ImageStore::each_zero(const std::function<void(std::uint32_t, std::uint64_t)>& tell) const {
  const MutexLock lock(mutex_);
  for (const KeptBlock& kept : blocks_) {
    if (kept.stored.zero != 0 && !kept.bad) tell(kept.stored.block, kept.stored.zero);
  }
}

// ---- Writing

/// The checksum of the chunks `data` of a block whose `present` chunks are at `memory`. Chunks that are only on the
/// disk are read and verified. Returns nothing when they are damaged.
std::optional<std::uint64_t> ImageStore::whole_sum(const StoredBlock& before, std::uint64_t data, std::uint64_t present,
                                                   const std::byte* memory) const {
  if ((data & ~present) == 0) return sum_of(before.block, data, memory);
  const PageMemory scratch = page_memory(geometry_.block);
  if (!is_sound(before, scratch.get())) return std::nullopt;
  each_run(data & ~before.data, [&](ChunkRun run) {
    const std::uint64_t at = (geometry_.chunk * run.first).value;
    std::memcpy(scratch.get() + at, memory + at, (geometry_.chunk * run.count).value);
  });
  return sum_of(before.block, data, scratch.get());
}

void ImageStore::write_chunks(std::uint32_t block, std::uint64_t chunks, const std::byte* memory) {
  each_run(chunks, [&](ChunkRun run) {
    const Offset begin = chunk_range(block, run.first).begin;
    const Offset end = chunk_range(block, run.first + run.count - 1).end;
    data_.write({memory + (geometry_.chunk * run.first).value, (end - begin).value}, begin);
    windows_.wrote(data_, {begin, end});
  });
}

bool ImageStore::save(std::uint32_t block, std::uint64_t present, const std::byte* memory) {
  give_up_bad();
  const auto pending = saved_.find(block);
  const StoredBlock before =
      pending != saved_.end() ? pending->second : find(block).value_or(StoredBlock{.block = block});
  const std::uint64_t fresh = present & ~before.chunks();
  if (fresh == 0) return true;
  StoredBlock after = before;
  each_run(fresh, [&](ChunkRun run) {
    for (unsigned chunk = run.first; chunk < run.first + run.count; ++chunk) {
      const std::byte* bytes = memory + (geometry_.chunk * chunk).value;
      const bool zero = extents::is_all_zero(bytes, chunk_range(block, chunk).size().value);
      (zero ? after.zero : after.data) |= std::uint64_t{1} << chunk;
    }
  });
  const std::optional<std::uint64_t> sum = whole_sum(before, after.data, present, memory);
  if (!sum) {
    saved_.erase(block);
    {
      const MutexLock lock(mutex_);
      blocks_.erase(block);
    }
    remove({before});
    return save(block, present, memory);
  }
  after.sum = *sum;
  after.used = seconds_of(now());
  const std::uint64_t new_data = after.data & ~before.data;
  const ByteCount added = bytes_of(block, after.data) - bytes_of(block, before.data);
  const Space::Change change(space_);
  if (!space_.reserve(added)) return false;
  try {
    write_chunks(block, new_data, memory);
  } catch (...) {
    saved_.clear();  // the failure may concern an earlier write: the system reports it once
    throw;
  }
  saved_[block] = after;
  return true;
}

/// Makes the data of the saved blocks durable.
void ImageStore::write_out() {
  try {
    windows_.finish(data_);
    data_.sync();
  } catch (...) {
    saved_.clear();
    throw;
  }
}

void ImageStore::commit() {
  give_up_bad();
  if (saved_.empty()) return;
  if (!data_.is_linked()) throw Error(ErrorKind::system, data_.path() + ": was removed");
  write_out();
  std::vector<StoredBlock> records;
  for (const auto& [number, stored] : saved_) records.push_back(stored);
  saved_.clear();
  index_.append(records);
  {
    const Moment moment = now();
    const MutexLock lock(mutex_);
    for (const StoredBlock& stored : records) blocks_.put(stored).used_at(moment);
  }
  if (index_.wants_rewriting(block_count())) index_.rewrite(live());
}

std::size_t ImageStore::block_count() const {
  const MutexLock lock(mutex_);
  return blocks_.size();
}

std::vector<StoredBlock> ImageStore::live() const {
  const MutexLock lock(mutex_);
  std::vector<StoredBlock> blocks;
  blocks.reserve(blocks_.size());
  for (const KeptBlock& kept : blocks_) {
    if (kept.bad) continue;
    blocks.push_back(kept.stored);
    blocks.back().used = std::max(kept.stored.used, kept.used_seconds);
  }
  return blocks;
}

// ---- Giving up

/// The index is changed first: a crash in between leaks space, but never leaves a record without its data.
ByteCount ImageStore::remove(const std::vector<StoredBlock>& blocks) {
  std::vector<StoredBlock> records;
  records.reserve(blocks.size());
  for (const StoredBlock& block : blocks) records.push_back({.block = block.block});
  index_.append(records);
  const Space::Change change(space_);
  ByteCount freed;
  for (const StoredBlock& block : blocks) {
    data_.punch(block_start({block.block}, geometry_.block), geometry_.block);
    freed += bytes_of(block.block, block.data);
  }
  space_.give_back(freed);
  return freed;
}

/// Chunks saved since a block was found bad are stored together with the bad chunks and are removed with them.
void ImageStore::give_up_bad() {
  std::vector<StoredBlock> bad;
  {
    const MutexLock lock(mutex_);
    for (const std::uint32_t number : std::exchange(bad_, {})) {
      const KeptBlock* found = blocks_.find(number);
      if (!found || !found->bad) continue;  // evicted
      const auto pending = saved_.find(number);
      bad.push_back(pending != saved_.end() ? pending->second : found->stored);
      if (pending != saved_.end()) saved_.erase(pending);
      blocks_.erase(number);
    }
  }
  if (!bad.empty()) remove(bad);
}

/// Zeros take no space, and uncommitted blocks must not be evicted.
void ImageStore::add_candidates(std::uint32_t store, std::vector<EvictionCandidate>& candidates) const {
  const MutexLock lock(mutex_);
  for (const KeptBlock& kept : blocks_) {
    const StoredBlock& stored = kept.stored;
    if (stored.data == 0 || saved_.contains(stored.block)) continue;
    candidates.push_back({store, stored.block, bytes_of(stored.block, stored.data), kept.last_use(), kept.uses});
  }
}

ByteCount ImageStore::give_up(std::span<const std::uint32_t> blocks) {
  std::vector<StoredBlock> victims;
  {
    const MutexLock lock(mutex_);
    for (const std::uint32_t block : blocks) {
      const KeptBlock* kept = blocks_.find(block);
      if (!kept) continue;
      victims.push_back(kept->stored);
      blocks_.erase(block);
    }
  }
  return victims.empty() ? ByteCount{} : remove(victims);
}

void ImageStore::clear() {
  commit();
  std::vector<std::uint32_t> blocks;
  {
    const MutexLock lock(mutex_);
    for (const KeptBlock& kept : blocks_) blocks.push_back(kept.stored.block);
  }
  give_up(blocks);
}

ByteCount ImageStore::evict(ByteCount bytes) {
  std::vector<EvictionCandidate> candidates;
  add_candidates(0, candidates);
  std::vector<std::uint32_t> blocks;
  for (const EvictionCandidate& victim : least_worth(std::move(candidates), bytes)) blocks.push_back(victim.block);
  return give_up(blocks);
}

ImageStore::Totals ImageStore::totals() const {
  Totals totals;
  const MutexLock lock(mutex_);
  for (const KeptBlock& kept : blocks_) {
    if (kept.bad) continue;
    ++totals.blocks;
    totals.bytes += bytes_of(kept.stored.block, kept.stored.data);
    totals.chunk_bytes += bytes_of(kept.stored.block, kept.stored.chunks());
  }
  return totals;
}

}  // namespace rimfs::cache::disk
