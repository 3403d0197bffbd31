// SPDX-License-Identifier: MIT
// ImageStore: reading from the data file and verifying the checksums.
#include <cstring>

#include "base/checksum.h"
#include "base/chunks.h"
#include "cache/disk/image_store.h"

namespace rimfs::cache::disk {

bool ImageStore::read_chunks(std::uint32_t block, std::uint64_t chunks, std::byte* memory) const {
  bool whole = true;
  each_run(chunks, [&](ChunkRun run) {
    const Offset begin = chunk_range(block, run.first).begin;
    const ByteCount size = chunk_range(block, run.first + run.count - 1).end - begin;
    whole = whole && reader_.read({memory + (geometry_.chunk * run.first).value, size.value}, begin);
  });
  return whole;
}

std::uint64_t ImageStore::sum_of(std::uint32_t block, std::uint64_t chunks, const std::byte* memory) const {
  std::uint64_t sum = 0;
  each_run(chunks, [&](ChunkRun run) {
    const Offset begin = chunk_range(block, run.first).begin;
    const ByteCount size = chunk_range(block, run.first + run.count - 1).end - begin;
    sum = xxh3_64({memory + (geometry_.chunk * run.first).value, size.value}, sum);
  });
  return sum;
}

/// Reads the stored chunks of a block to their positions at `memory`. Returns false when they cannot be read or their
/// checksum is wrong.
bool ImageStore::is_sound(const StoredBlock& stored, std::byte* memory) const {
  try {
    return read_chunks(stored.block, stored.data, memory) && sum_of(stored.block, stored.data, memory) == stored.sum;
  } catch (const Error&) {
    return false;  // an unreadable sector is not retried
  }
}

ImageStore::Loaded ImageStore::load(std::uint32_t block, std::uint64_t wanted, std::byte* memory) {
  const std::optional<StoredBlock> stored = find(block);
  if (!stored) return {};
  wanted &= stored->chunks();
  const bool all = (stored->data & ~wanted) == 0;
  const PageMemory scratch = all ? nullptr : page_memory(geometry_.block);
  std::byte* target = all ? memory : scratch.get();
  if (!is_sound(*stored, target)) return {0, forget(*stored) && may_write_};
  each_run(wanted, [&](ChunkRun run) {
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
  count_use(block);
  return {wanted, false};
}

void ImageStore::count_use(std::uint32_t block) {
  const Moment moment = now();
  const MutexLock lock(mutex_);
  KeptBlock* kept = blocks_.find(block);
  if (!kept) return;
  kept->used_at(moment);
  if (kept->uses < UINT8_MAX) ++kept->uses;
}

/// Marks a block as bad. Returns false when the block was evicted or stored again meanwhile.
bool ImageStore::forget(const StoredBlock& bad) {
  const MutexLock lock(mutex_);
  KeptBlock* found = blocks_.find(bad.block);
  if (!found || found->bad || !found->stored.same_bytes(bad)) return false;
  found->bad = true;
  if (may_write_) bad_.push_back(bad.block);
  return true;
}

std::uint64_t ImageStore::verify() {
  std::uint64_t bad = 0;
  const PageMemory scratch = page_memory(geometry_.block);
  for (const StoredBlock& stored : live()) {
    if (is_sound(stored, scratch.get()) || !forget(stored)) continue;
    ++bad;
  }
  if (may_write_) commit();
  return bad;
}

}  // namespace rimfs::cache::disk
