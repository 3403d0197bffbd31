// SPDX-License-Identifier: MIT
#include "fetch/in_flight.h"

#include <algorithm>

namespace rimfs::fetch {

void InFlight::wait(cache::BlockKey key, cache::BlockRef block, ChunkMask needed, std::shared_ptr<Read> read) {
  Entry& entry = blocks_[packed(key)];
  if (block) entry.block = std::move(block);
  read->wait_for_one_more();
  entry.waiters.push_back({needed, std::move(read)});
}

ChunkMask InFlight::chunks(cache::BlockKey key) const {
  const auto found = blocks_.find(packed(key));
  return found == blocks_.end() ? 0 : found->second.chunks;
}

bool InFlight::Entry::is_awaited() const {
  return std::any_of(waiters.begin(), waiters.end(), [](const Waiter& one) { return !one.read->answered(); });
}

bool InFlight::is_awaited(cache::BlockKey key) const {
  const auto found = blocks_.find(packed(key));
  return found != blocks_.end() && found->second.is_awaited();
}

void InFlight::begin(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks) {
  Entry& entry = blocks_[packed(key)];
  entry.block = block;
  entry.chunks |= chunks;
}

void InFlight::release(cache::BlockKey key) {
  const auto found = blocks_.find(packed(key));
  if (found != blocks_.end()) found->second.block = {};
}

void InFlight::hold(cache::BlockKey key, const cache::BlockRef& block) {
  const auto found = blocks_.find(packed(key));
  if (found != blocks_.end()) found->second.block = block;
}

void InFlight::complete(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks) {
  const auto found = blocks_.find(packed(key));
  if (found == blocks_.end()) return;
  Entry& entry = found->second;
  if (!entry.block) entry.block = block;  // the chunks that are present must stay in memory until the rest arrives
  entry.chunks &= ~chunks;
  const ChunkMask present = block->present();
  std::vector<std::shared_ptr<Read>> done;
  std::erase_if(entry.waiters, [&](Waiter& waiter) {
    if (waiter.read->answered()) return true;
    if ((waiter.needed & ~present) != 0) return false;
    waiter.read->have(BlockIndex{key.block}, block);
    if (waiter.read->one_arrived()) done.push_back(waiter.read);
    return true;
  });
  erase_if_idle(found->first);
  for (const auto& read : done) read->answer(std::nullopt);
}

bool InFlight::abandon(cache::BlockKey key, ChunkMask chunks) {
  const auto found = blocks_.find(packed(key));
  if (found == blocks_.end()) return false;
  found->second.chunks &= ~chunks;
  const bool awaited = found->second.is_awaited();
  erase_if_idle(packed(key));
  return awaited;
}

std::vector<ByteRange> InFlight::fail(cache::BlockKey key, ChunkMask chunks, const Error& error) {
  const auto found = blocks_.find(packed(key));
  if (found == blocks_.end()) return {};
  found->second.chunks &= ~chunks;
  std::vector<std::shared_ptr<Read>> failed;
  std::erase_if(found->second.waiters, [&](Waiter& waiter) {
    if (waiter.read->answered()) return true;
    if ((waiter.needed & chunks) == 0) return false;
    failed.push_back(waiter.read);
    return true;
  });
  erase_if_idle(found->first);
  std::vector<ByteRange> demanded;
  for (const auto& read : failed) {
    if (read->demanded()) demanded.push_back(read->range());
    read->answer(error);
  }
  return demanded;
}

void InFlight::fail_all(const Error& error) {
  for (auto& [key, entry] : std::exchange(blocks_, {})) {
    for (Waiter& waiter : entry.waiters) waiter.read->answer(error);
  }
}

void InFlight::forget_answered(cache::BlockKey key) {
  if (blocks_.contains(packed(key))) erase_if_idle(packed(key));
}

/// Reads that have been answered, because they timed out or were cancelled, no longer wait and hold no memory.
void InFlight::erase_if_idle(std::uint64_t key) {
  const auto found = blocks_.find(key);
  std::erase_if(found->second.waiters, [](const Waiter& one) { return one.read->answered(); });
  if (found->second.chunks == 0 && found->second.waiters.empty()) blocks_.erase(found);
}

}  // namespace rimfs::fetch
