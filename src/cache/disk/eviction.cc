// SPDX-License-Identifier: MIT
#include "cache/disk/eviction.h"

#include <tuple>

#include "cache/disk/image_store.h"

namespace rimfs::cache::disk {
namespace {

/// True when `a` should stay rather than `b`. A heap in this order has the next victim on top.
bool outlives(const EvictionCandidate& a, const EvictionCandidate& b) {
  return std::tuple(a.worth(), b.block, a.store) > std::tuple(b.worth(), a.block, b.store);
}

}  // namespace

std::vector<EvictionCandidate> least_worth(std::vector<EvictionCandidate> candidates, ByteCount wanted) {
  // Few of many are selected, so a heap costs less than sorting all.
  std::make_heap(candidates.begin(), candidates.end(), outlives);
  std::vector<EvictionCandidate> victims;
  ByteCount found;
  while (found < wanted && !candidates.empty()) {
    std::pop_heap(candidates.begin(), candidates.end(), outlives);
    victims.push_back(candidates.back());
    found += candidates.back().bytes;
    candidates.pop_back();
  }
  return victims;
}

ByteCount give_up_least_worth(std::span<const std::shared_ptr<ImageStore>> stores, ByteCount wanted) {
  std::vector<EvictionCandidate> candidates;
  for (std::uint32_t i = 0; i < stores.size(); ++i) stores[i]->add_candidates(i, candidates);
  std::vector<std::vector<std::uint32_t>> blocks(stores.size());
  for (const EvictionCandidate& victim : least_worth(std::move(candidates), wanted)) {
    blocks[victim.store].push_back(victim.block);
  }
  ByteCount freed;
  for (std::size_t i = 0; i < stores.size(); ++i) freed += stores[i]->give_up(blocks[i]);
  return freed;
}

}  // namespace rimfs::cache::disk
