// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "cache/block_cache.h"

namespace rimfs::cache {
namespace {

constexpr ByteCount kBlock = 4_KiB;

/// What the first and the last bytes of a block must be.
void stamp(Block& block, std::uint64_t value) {
  std::memcpy(block.writable_data(), &value, sizeof value);
  std::memcpy(block.writable_data() + kBlock.value - sizeof value, &value, sizeof value);
}

bool stamped(const Block& block, std::uint64_t value) {
  return std::memcmp(block.data(), &value, sizeof value) == 0 &&
         std::memcmp(block.data() + kBlock.value - sizeof value, &value, sizeof value) == 0;
}

/// The cache beside what it may answer: a block may be missing (evicted) only while nobody holds it.
class Model {
 public:
  Model(std::size_t blocks, std::uint64_t seed) : cache_(kBlock * blocks, kBlock), random_(seed) {}

  void step() {
    const BlockKey key{static_cast<std::uint32_t>(pick(3)), static_cast<std::uint32_t>(pick(cache_.capacity_blocks()))};
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        insert(key);
        break;
      case 3:
      case 4:
        check(key, cache_.find(key));
        break;
      case 5:
        check(key, cache_.peek(key));
        break;
      case 6:
      case 7:
        insert_and_hold(key);
        break;
      case 8:
      case 9:
        let_go(1);
        break;
      case 10:
        if (pick(50) == 0) let_go(held_.size());
        break;
      default:
        drop(key);
        break;
    }
    REQUIRE(cache_.used_blocks() <= cache_.capacity_blocks());
    REQUIRE(cache_.used_blocks() >= held_blocks());
  }

 private:
  using Name = std::pair<std::uint32_t, std::uint32_t>;
  struct Held {
    BlockRef block;
    std::uint64_t stamp;
  };

  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  std::size_t held_blocks() const {
    std::set<const std::byte*> distinct;
    for (const Held& held : held_) distinct.insert(held.block->data());
    return distinct.size();
  }

  /// A found block bears the stamp that the key had last; a key never inserted or dropped is not found.
  void check(BlockKey key, const BlockRef& block) {
    const auto known = stamps_.find(Name{key.file, key.block});
    if (block) {
      REQUIRE(known != stamps_.end());
      REQUIRE(stamped(*block.operator->(), known->second));
    } else if (known != stamps_.end()) {
      for (const Held& held : held_) REQUIRE(held.stamp != known->second);
    }
  }

  BlockRef insert(BlockKey key) {
    BlockRef block = cache_.find_or_insert(key);
    if (!block) {
      REQUIRE(held_blocks() == cache_.capacity_blocks());
    } else if (block->present() == 0) {
      stamps_[Name{key.file, key.block}] = ++last_stamp_;
      stamp(*block.operator->(), last_stamp_);
      block->mark_present(1);
    } else {
      check(key, block);
    }
    return block;
  }

  void insert_and_hold(BlockKey key) {
    BlockRef block = insert(key);
    if (block) held_.push_back({std::move(block), stamps_.at(Name{key.file, key.block})});
  }

  void let_go(std::size_t count) {
    for (; count > 0 && !held_.empty(); --count) {
      std::swap(held_[pick(held_.size())], held_.back());
      REQUIRE(stamped(*held_.back().block.operator->(), held_.back().stamp));
      held_.pop_back();
    }
  }

  void drop(BlockKey key) {
    if (pick(40) != 0) {
      cache_.drop(key);
      stamps_.erase(Name{key.file, key.block});
    } else {
      cache_.drop_file(key.file);
      std::erase_if(stamps_, [&](const auto& entry) { return entry.first.first == key.file; });
    }
  }

  BlockCache cache_;
  std::mt19937_64 random_;
  std::map<Name, std::uint64_t> stamps_;
  std::vector<Held> held_;
  std::uint64_t last_stamp_ = 0;
};

TEST_CASE("random operations agree with a reference model") {
  for (const std::size_t blocks : std::initializer_list<std::size_t>{4, 16, 40, 130}) {
    const std::uint64_t seed = std::random_device{}();
    INFO("blocks ", blocks, ", seed ", seed);
    Model model(blocks, seed);
    for (int i = 0; i < 20000; ++i) model.step();
  }
}

TEST_CASE("threads that find, insert, hold, evict and drop never see bytes of another block") {
  constexpr std::size_t kThreads = 6;
  BlockCache cache(kBlock * 96, kBlock);
  std::atomic<std::size_t> wrong = 0;
  std::atomic<std::size_t> over = 0;
  const std::uint64_t seed = std::random_device{}();
  INFO("seed ", seed);

  // Thread t alone writes blocks of file t, as the fetcher would; everyone reads everything.
  const auto work = [&](std::uint32_t self) {
    std::mt19937_64 random(seed + self);
    std::vector<BlockRef> held(4);
    for (int i = 0; i < 15000; ++i) {
      const BlockKey key{static_cast<std::uint32_t>(random() % kThreads), static_cast<std::uint32_t>(random() % 64)};
      const std::uint64_t value = std::uint64_t{key.file} << 32 | key.block;
      BlockRef block = key.file == self ? cache.find_or_insert(key) : cache.find(key);
      if (random() % 64 == 0) cache.drop(key);
      if (random() % 4096 == 0) cache.drop_file(key.file);
      if (cache.used_blocks() > cache.capacity_blocks()) ++over;
      if (!block) continue;
      if (key.file == self && block->present() == 0) {
        stamp(*block.operator->(), value);
        block->mark_present(1);
      }
      if (block->present() != 0 && !stamped(*block.operator->(), value)) ++wrong;
      if (random() % 4 == 0) held[random() % held.size()] = block;
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < kThreads; ++t) threads.emplace_back(work, t);
  for (std::thread& thread : threads) thread.join();

  CHECK(wrong == 0);
  CHECK(over == 0);
  CHECK(cache.referenced_blocks() == 0);
  for (std::uint32_t file = 0; file < kThreads; ++file) cache.drop_file(file);
  CHECK(cache.used_blocks() == 0);
}

}  // namespace
}  // namespace rimfs::cache
