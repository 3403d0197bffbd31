// SPDX-License-Identifier: MIT
#include "cache/disk/image_store.h"

#include <doctest/doctest.h>

#include "cache/disk/faults.h"
#include "cache/disk/rig.h"
#include "slowed_down.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

/// Random operations, and those with a power cut at every step of each.
constexpr int kSteps = kSlowedDown ? 4000 : 20000;
constexpr int kCutSteps = kThreadSanitizer ? 8 : kSlowedDown ? 24 : 120;

ByteCount room_of(std::uint32_t block, std::uint64_t chunks) {
  return kChunk * static_cast<std::uint64_t>(std::popcount(data_chunks(block) & chunks));
}
TEST_CASE("no block of a batch is indexed after its sync failed") {
  for (const Call call : {Call::sync, Call::write_out}) {
    CAPTURE(static_cast<int>(call));
    Rig rig;
    ImageStore store = rig.open();
    REQUIRE(save(store, 0, kAll));
    store.commit();
    REQUIRE(save(store, 4, kAll));
    {
      const FailOnce fault(call, EIO);
      CHECK_THROWS_AS(store.commit(), Error);
      CHECK(fault.happened());
    }
    store.commit();  // the disk has told of its failure and tells no more
    CHECK(store.chunks_of(4) == 0);
    CHECK(store.chunks_of(0) == kAll);
    CHECK(read_file(rig.index()).size() == 2 * kRecordSize);
    CHECK(rig.space.used() + 32_KiB >= rig.allocated());
  }
}

TEST_CASE("a disk failure reported while later blocks are written drops the whole batch") {
  Rig rig;
  ImageStore store = rig.open();
  {
    const FailOnce fault(Call::write_out, EIO);
    std::uint32_t block = 0;
    CHECK_THROWS_AS(
        [&] {
          for (;; block += 4) save(store, block % 20, 1ULL << block / 20 % 16);
        }(),
        Error);
    CHECK(fault.happened());
  }
  store.commit();
  CHECK(store.totals().blocks == 0);
}

TEST_CASE("a disk that becomes full during a save keeps committed blocks and no partial one") {
  for (unsigned nth = 0; nth < 3; ++nth) {
    CAPTURE(nth);
    Rig rig;
    ImageStore store = rig.open();
    REQUIRE(save(store, 0, kAll));
    store.commit();
    {
      const FailOnce fault(Call::write, ENOSPC, nth);
      CHECK_THROWS_AS(save(store, 1, kAll), Error);  // four runs of data
    }
    store.commit();
    CHECK(load(store, 0, kAll) == kAll);
    CHECK(load(store, 1, kAll) == 0);
    CHECK(rig.space.used() + 32_KiB >= rig.allocated());
    REQUIRE(save(store, 1, kAll));
    store.commit();
    CHECK(load(store, 1, kAll) == kAll);
  }
}

TEST_CASE("a failure of any call returns no wrong byte, loses no committed block, and later operations succeed") {
  constexpr int kErrors[] = {EIO, ENOSPC, EDQUOT, EFBIG, EROFS};
  for (const Call call : {Call::write, Call::sync, Call::write_out, Call::truncate, Call::rename, Call::punch}) {
    bool happened = true;
    for (unsigned nth = 0; happened; ++nth) {
      CAPTURE(static_cast<int>(call));
      CAPTURE(nth);
      Rig rig;
      {
        ImageStore store = rig.open();
        REQUIRE(save(store, 0, kAll));
        store.commit();
      }
      {
        const FailOnce fault(call, kErrors[nth % std::size(kErrors)], nth);
        try {
          ImageStore store = rig.open();
          for (const std::uint32_t block : {1U, 4U, 5U}) save(store, block, kAll);
          store.commit();
          save(store, 8, kAll);
          store.give_up(std::vector<std::uint32_t>{4});
          store.commit();
        } catch (const Error&) {
          // Told by whoever writes.
        }
        happened = fault.happened();
      }
      ImageStore store = rig.open();
      REQUIRE(store.may_write());
      CHECK(load(store, 0, kAll) == kAll);
      for (const std::uint32_t block : {1U, 4U, 5U, 8U}) load(store, block, kAll);  // right or nothing
      REQUIRE(save(store, 12, kAll));
      store.commit();
      CHECK(load(store, 12, kAll) == kAll);
    }
  }
}

// ---- The power cut

/// What would be on the medium: each file as it was when it was last synced.
struct Medium {
  std::map<std::string, Bytes> files;
  void told(Call call, const std::string& path) {
    if (call == Call::sync) files[path] = read_file(path);
    // A name may or may not be durable; its new content was synced before.
    if (call == Call::rename) files[path] = files[path + ".new"];
  }
};

/// Pages of either, by chance: the system writes them when it likes.
Bytes mixed(const Bytes& synced, const Bytes& now, std::mt19937_64& random) {
  Bytes bytes = now;
  for (std::size_t at = 0; at < bytes.size(); at += 4096) {
    if (random() % 2 == 0) continue;
    for (std::size_t i = at; i < std::min(at + 4096, bytes.size()); ++i) {
      bytes[i] = i < synced.size() ? synced[i] : std::byte{};
    }
  }
  return bytes;
}

/// True when a store with these files gives only right bytes, and at least what `must` says.
bool survives(const Bytes& index, const Bytes& data, const std::map<std::uint32_t, std::uint64_t>& must) {
  Rig rig;
  write_file(rig.index(), index);
  write_file(rig.data(), data);
  ImageStore store = rig.open();
  for (std::uint32_t block = 0; block <= kLast; ++block) {
    bool right = false;
    const std::uint64_t given = load(store, block, all_of(block), &right);
    const auto expected = must.find(block);
    if (!right || (expected != must.end() && (expected->second & ~given) != 0)) return false;
  }
  return true;
}

TEST_CASE("a power cut at any step returns no wrong byte and loses no committed block") {
  Rig rig;
  std::mt19937_64 random(20240601);
  Medium medium;
  std::map<std::uint32_t, std::uint64_t> committed;
  std::map<std::uint32_t, std::uint64_t> saved;
  std::size_t cuts = 0;
  bool good = true;
  const Watch watch([&](Call call, const std::string& path) {
    medium.told(call, path);
    if (!std::filesystem::exists(rig.data()) || !std::filesystem::exists(rig.index())) return;
    const Bytes now_index = read_file(rig.index());
    const Bytes now_data = read_file(rig.data());
    const Bytes& index = medium.files[rig.index()];
    const Bytes& data = medium.files[rig.data()];
    Bytes torn = now_index;
    torn.resize(torn.size() - std::min<std::size_t>(torn.size(), random() % 100));
    good = good && survives(index, data, committed) && survives(now_index, now_data, committed) &&
           survives(now_index, data, {}) && survives(index, mixed(data, now_data, random), {}) &&
           survives(torn, mixed(data, now_data, random), {});
    cuts += 5;
  });
  ImageStore store = rig.open();
  for (int step = 0; step < kCutSteps && good; ++step) {
    const auto block = static_cast<std::uint32_t>(random() % (kLast + 1));
    const std::uint64_t chunks = random() & all_of(block);
    switch (random() % 8) {
      case 0:
        store.commit();
        for (const auto& [number, mask] : saved) committed[number] |= mask;
        saved.clear();
        break;
      case 1:
        if (random() % 2 == 0) {
          committed.clear();  // any of them may go,
          saved.clear();      // and of these whatever was there already when it was saved
          store.evict(kBlock);
        }
        break;
      default:
        save(store, block, chunks);
        saved[block] |= chunks;
    }
  }
  CHECK(good);
  CHECK(cuts > 4 * kCutSteps);
}

// ---- The model

/// The store beside a map of what it must have. What the two differ in is only what eviction chose.
class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed), rig_(kBlock * 14) { reopen(); }

  void step() {
    const auto block = static_cast<std::uint32_t>(random_() % (kLast + 1));
    switch (random_() % 16) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        save_some(block);
        break;
      case 5:
      case 6:
        commit();
        break;
      case 7:
        if (random_() % 4 == 0) evict();
        break;
      case 8:
        if (random_() % 32 == 0) reopen();
        break;
      case 9:
        if (random_() % 16 == 0) damage(block);
        break;
      default:
        check(block);
        break;
    }
    REQUIRE(rig_.space.used() <= kBlock * 14);
  }

  void check_room() {
    commit();
    ByteCount room;
    for (const auto& [block, chunks] : committed_) room += room_of(block, chunks);
    REQUIRE(rig_.space.used() == room);
    REQUIRE(store_->totals().bytes == room);
    REQUIRE(rig_.takes(room));
  }

 private:
  void save_some(std::uint32_t block) {
    const std::uint64_t chunks = (random_() % 3 == 0 ? ~std::uint64_t{0} : random_()) & all_of(block);
    if (!save(*store_, block, chunks)) return;
    const bool news = (chunks & ~saved_[block] & ~committed_[block]) != 0;  // else it may be evicted before the commit
    if (news) saved_[block] |= chunks;
  }

  void commit() {
    store_->commit();
    for (const auto& [block, chunks] : saved_) committed_[block] |= chunks;
    saved_.clear();
    std::erase_if(committed_, [](const auto& entry) { return entry.second == 0; });
  }

  void evict() {
    const ByteCount before = rig_.space.used();
    const ByteCount freed = store_->evict(kBlock * (random_() % 4 + 1));
    REQUIRE(rig_.space.used() == before - freed);
    for (auto it = committed_.begin(); it != committed_.end();) {
      const std::uint64_t left = store_->chunks_of(it->first);
      REQUIRE((left == it->second || (left == 0 && saved_[it->first] == 0)));
      it = left == 0 ? committed_.erase(it) : std::next(it);
    }
  }

  /// The process ends in order; what was not committed leaks until the next count.
  void reopen() {
    if (store_) check_room();
    store_.reset();
    store_.emplace(rig_.store(), image_key(), kGeometry, rig_.space);
  }

  void damage(std::uint32_t block) {
    commit();
    const auto found = committed_.find(block);
    if (found == committed_.end() || (found->second & data_chunks(block)) == 0) return;
    const auto chunk = static_cast<std::uint64_t>(std::countr_zero(found->second & data_chunks(block)));
    File file = file_at(rig_.data());
    const std::byte wrong{static_cast<unsigned char>(content(block)[chunk * kChunk.value] ^ std::byte{4})};
    file.write({&wrong, 1}, Offset{block * kBlock.value + chunk * kChunk.value});
    REQUIRE(load(*store_, block, all_of(block)) == 0);
    committed_.erase(found);
  }

  void check(std::uint32_t block) {
    const std::uint64_t wanted = random_() & all_of(block);
    const auto found = committed_.find(block);
    REQUIRE(load(*store_, block, wanted) == (found == committed_.end() ? 0 : found->second & wanted));
  }

  std::mt19937_64 random_;
  Rig rig_;
  std::optional<ImageStore> store_;
  std::map<std::uint32_t, std::uint64_t> saved_;
  std::map<std::uint32_t, std::uint64_t> committed_;
};

TEST_CASE("many random operations agree with a map") {
  Model model(4711);
  for (int i = 0; i < kSteps; ++i) model.step();
  model.check_room();
}

}  // namespace
}  // namespace rimfs::cache::disk
