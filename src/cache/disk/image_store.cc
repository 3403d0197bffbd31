// SPDX-License-Identifier: MIT
#include "cache/disk/image_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "extents/zero_scan.h"

namespace rimfs::cache::disk {
namespace {

/// What file systems give at once; a shorter last chunk takes as much.
constexpr ByteCount kPage = 4_KiB;
/// Leaks below this are left: a crash while few blocks were written.
constexpr ByteCount kSmallLeak = 1_MiB;
/// How many later loads a use outweighs when blocks are given up.
constexpr std::uint32_t kUseWeight = 64;

std::uint64_t key_hash(const ImageKey& key, Geometry geometry) {
  const std::string text = identity_text(key, geometry);
  return checksum(std::as_bytes(std::span(text)));
}

struct Run {
  unsigned first;
  unsigned count;
};

/// Calls `f` for each run of set bits.
template <typename F>
void each_run(std::uint64_t mask, F f) {
  while (mask != 0) {
    const auto first = static_cast<unsigned>(std::countr_zero(mask));
    const auto count = static_cast<unsigned>(std::countr_one(mask >> first));
    f(Run{first, count});
    const std::uint64_t ones = count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    mask &= ~(ones << first);
  }
}

}  // namespace

ImageStore::ImageStore(std::string folder, const ImageKey& key, Geometry geometry, Space& space, Access access)
    : folder_(std::move(folder)),
      key_(key),
      geometry_(geometry),
      space_(space),
      lock_(folder_ + "/lock", O_RDWR | O_CREAT),
      may_write_(access == Access::write && lock_.try_lock()),
      index_(folder_ + "/index",
             {static_cast<std::uint32_t>(geometry.block.value), key.size.value, key_hash(key, geometry)}, may_write_),
      data_(folder_ + "/data", may_write_ ? O_RDWR | O_CREAT : O_RDONLY) {
  IndexLog::Blocks found = index_.take_blocks();
  {
    const MutexLock lock(mutex_);
    for (const auto& [number, stored] : found) blocks_.emplace(number, Kept{stored});
  }
  // Blocks are read whole; what the kernel read beyond them would only fill the page cache.
  ::posix_fadvise(data_.descriptor(), 0, 0, POSIX_FADV_RANDOM);
  if (!may_write_) return;
  if (data_.size() != key.size) data_.truncate(key.size);
  free_leaks();
}

/// A crash may leave data that no record tells of: its room is given back.
void ImageStore::free_leaks() {
  if (data_.allocated() <= totals().bytes + kSmallLeak) return;
  for (off_t at = 0;;) {
    at = ::lseek(data_.descriptor(), at, SEEK_DATA);
    if (at < 0) return;  // no more data
    const auto block = static_cast<std::uint32_t>(static_cast<std::uint64_t>(at) / geometry_.block.value);
    const Offset start = block_start({block}, geometry_.block);
    if (!find(block)) {
      const ByteCount leaked = data_.allocated();
      data_.punch(start, geometry_.block);
      space_.give_back(leaked - data_.allocated());
    }
    at = static_cast<off_t>((start + geometry_.block).value);
  }
}

ByteRange ImageStore::chunk_range(std::uint32_t block, unsigned chunk) const {
  const Offset begin = block_start({block}, geometry_.block) + geometry_.chunk * chunk;
  return range_of(begin, geometry_.chunk).intersect({Offset{0}, Offset{key_.size.value}});
}

ByteCount ImageStore::bytes_of(std::uint32_t block, std::uint64_t chunks) const {
  ByteCount sum;
  each_run(chunks, [&](Run run) {
    const Offset begin = chunk_range(block, run.first).begin;
    const Offset end = chunk_range(block, run.first + run.count - 1).end;
    sum += align_up(end - begin, kPage);
  });
  return sum;
}

std::optional<StoredBlock> ImageStore::find(std::uint32_t block) const {
  const MutexLock lock(mutex_);
  const auto found = blocks_.find(block);
  if (found == blocks_.end() || found->second.bad) return std::nullopt;
  return found->second.stored;
}

std::uint64_t ImageStore::chunks_of(std::uint32_t block) const {
  const auto found = find(block);
  return found ? found->chunks() : 0;
}

void ImageStore::each_zero(const std::function<void(std::uint32_t, std::uint64_t)>& tell) const {
  const MutexLock lock(mutex_);
  for (const auto& [number, kept] : blocks_) {
    if (kept.stored.zero != 0 && !kept.bad) tell(number, kept.stored.zero);
  }
}

// ---- Reading

bool ImageStore::read_chunks(std::uint32_t block, std::uint64_t chunks, std::byte* memory) const {
  bool whole = true;
  each_run(chunks, [&](Run run) {
    const Offset begin = chunk_range(block, run.first).begin;
    const ByteCount size = chunk_range(block, run.first + run.count - 1).end - begin;
    whole = whole && data_.read({memory + (geometry_.chunk * run.first).value, size.value}, begin);
  });
  return whole;
}

std::uint64_t ImageStore::sum_of(std::uint32_t block, std::uint64_t chunks, const std::byte* memory) const {
  std::uint64_t sum = 0;
  each_run(chunks, [&](Run run) {
    const Offset begin = chunk_range(block, run.first).begin;
    const ByteCount size = chunk_range(block, run.first + run.count - 1).end - begin;
    sum = checksum({memory + (geometry_.chunk * run.first).value, size.value}, sum);
  });
  return sum;
}

/// Reads what the disk has of a block to its places at `memory`. False when that is not what was written.
bool ImageStore::is_sound(const StoredBlock& stored, std::byte* memory) const {
  try {
    return read_chunks(stored.block, stored.data, memory) && sum_of(stored.block, stored.data, memory) == stored.sum;
  } catch (const Error&) {
    return false;  // a place that the disk cannot read is asked for once
  }
}

std::uint64_t ImageStore::load(std::uint32_t block, std::uint64_t wanted, std::byte* memory) {
  const std::optional<StoredBlock> stored = find(block);
  if (!stored) return 0;
  wanted &= stored->chunks();
  const bool all = (stored->data & ~wanted) == 0;
  std::vector<std::byte> scratch(all ? 0 : geometry_.block.value);
  std::byte* target = all ? memory : scratch.data();
  if (!is_sound(*stored, target)) {
    forget(*stored);
    return 0;
  }
  forget_pages(data_, range_of(block_start({block}, geometry_.block), geometry_.block));
  each_run(wanted, [&](Run run) {
    for (unsigned chunk = run.first; chunk < run.first + run.count; ++chunk) {
      const std::uint64_t at = (geometry_.chunk * chunk).value;
      const std::uint64_t size = chunk_range(block, chunk).size().value;
      if ((stored->zero >> chunk & 1) != 0) {
        std::memset(memory + at, 0, size);
      } else if (!all) {
        std::memcpy(memory + at, target + at, size);
      }
    }
  });
  const MutexLock lock(mutex_);
  const auto kept = blocks_.find(block);
  if (kept != blocks_.end()) {
    kept->second.last_use = ++clock_;
    if (kept->second.uses < UINT8_MAX) ++kept->second.uses;
  }
  return wanted;
}

/// Unless the block was given up and stored anew meanwhile.
void ImageStore::forget(const StoredBlock& bad) {
  const MutexLock lock(mutex_);
  const auto found = blocks_.find(bad.block);
  if (found == blocks_.end() || found->second.bad || found->second.stored != bad) return;
  found->second.bad = true;
  if (may_write_) bad_.push_back(bad.block);
}

// ---- Writing

/// The sum over `data` of a block whose `present` chunks are at `memory`; what is only on disk is read and checked.
/// Nothing when that is damaged.
std::optional<std::uint64_t> ImageStore::whole_sum(const StoredBlock& before, std::uint64_t data, std::uint64_t present,
                                                   const std::byte* memory) const {
  if ((data & ~present) == 0) return sum_of(before.block, data, memory);
  std::vector<std::byte> scratch(geometry_.block.value);
  if (!is_sound(before, scratch.data())) return std::nullopt;
  each_run(data & ~before.data, [&](Run run) {
    const std::uint64_t at = (geometry_.chunk * run.first).value;
    std::memcpy(scratch.data() + at, memory + at, (geometry_.chunk * run.count).value);
  });
  return sum_of(before.block, data, scratch.data());
}

void ImageStore::write_chunks(std::uint32_t block, std::uint64_t chunks, const std::byte* memory) {
  each_run(chunks, [&](Run run) {
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
      pending != saved_.end() ? pending->second : find(block).value_or(StoredBlock{block, 0, 0, 0});
  const std::uint64_t fresh = present & ~before.chunks();
  if (fresh == 0) return true;
  StoredBlock after = before;
  each_run(fresh, [&](Run run) {
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
    give_up({before});
    return save(block, present, memory);
  }
  after.sum = *sum;
  const std::uint64_t new_data = after.data & ~before.data;
  const ByteCount room = bytes_of(block, after.data) - bytes_of(block, before.data);
  if (!space_.reserve(room)) return false;
  try {
    write_chunks(block, new_data, memory);
  } catch (...) {
    saved_.clear();  // the failure may be of what was written before: the system tells it once
    throw;
  }
  saved_[block] = after;
  return true;
}

/// Makes the data of what was saved durable.
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
  write_out();
  std::vector<StoredBlock> records;
  for (const auto& [number, stored] : saved_) records.push_back(stored);
  saved_.clear();
  index_.append(records);
  {
    const MutexLock lock(mutex_);
    for (const StoredBlock& stored : records) {
      Kept& kept = blocks_[stored.block];
      kept.stored = stored;
      kept.last_use = ++clock_;
    }
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
  for (const auto& [number, kept] : blocks_) {
    if (!kept.bad) blocks.push_back(kept.stored);
  }
  return blocks;
}

// ---- Giving up

/// The index first: a crash in between leaves room unused, never a record without its data.
ByteCount ImageStore::give_up(const std::vector<StoredBlock>& blocks) {
  std::vector<StoredBlock> records;
  records.reserve(blocks.size());
  for (const StoredBlock& block : blocks) records.push_back({block.block, 0, 0, 0});
  index_.append(records);
  ByteCount freed;
  for (const StoredBlock& block : blocks) {
    data_.punch(block_start({block.block}, geometry_.block), geometry_.block);
    freed += bytes_of(block.block, block.data);
  }
  space_.give_back(freed);
  return freed;
}

/// What was saved of a bad block since it was found stands beside the bad chunks, and goes with them.
void ImageStore::give_up_bad() {
  std::vector<StoredBlock> bad;
  {
    const MutexLock lock(mutex_);
    for (const std::uint32_t number : std::exchange(bad_, {})) {
      const auto found = blocks_.find(number);
      if (found == blocks_.end() || !found->second.bad) continue;  // evicted
      const auto pending = saved_.find(number);
      bad.push_back(pending != saved_.end() ? pending->second : found->second.stored);
      if (pending != saved_.end()) saved_.erase(pending);
      blocks_.erase(found);
    }
  }
  if (!bad.empty()) give_up(bad);
}

ByteCount ImageStore::evict(ByteCount bytes) {
  std::vector<std::pair<std::uint64_t, StoredBlock>> candidates;
  {
    const MutexLock lock(mutex_);
    for (const auto& [number, kept] : blocks_) {
      const std::uint64_t worth = std::uint64_t{kept.last_use} + std::uint64_t{kept.uses} * kUseWeight;
      if (kept.stored.data != 0 && !saved_.contains(number)) candidates.emplace_back(worth, kept.stored);
    }
  }
  std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<StoredBlock> victims;
  ByteCount found;
  for (const auto& [worth, stored] : candidates) {
    if (found >= bytes) break;
    found += bytes_of(stored.block, stored.data);
    victims.push_back(stored);
  }
  if (victims.empty()) return {};
  {
    const MutexLock lock(mutex_);
    for (const StoredBlock& victim : victims) blocks_.erase(victim.block);
  }
  return give_up(victims);
}

ImageStore::Totals ImageStore::totals() const {
  Totals totals;
  for (const StoredBlock& stored : live()) {
    ++totals.blocks;
    totals.bytes += bytes_of(stored.block, stored.data);
    totals.chunk_bytes += bytes_of(stored.block, stored.chunks());
  }
  return totals;
}

std::uint64_t ImageStore::verify() {
  std::uint64_t bad = 0;
  std::vector<std::byte> scratch(geometry_.block.value);
  for (const StoredBlock& stored : live()) {
    if (is_sound(stored, scratch.data())) continue;
    forget(stored);
    ++bad;
  }
  if (may_write_) commit();
  return bad;
}

}  // namespace rimfs::cache::disk
