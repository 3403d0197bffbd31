// SPDX-License-Identifier: MIT
#include "cache/disk/image_store.h"

#include <doctest/doctest.h>

#include "cache/disk/faults.h"
#include "cache/disk/rig.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

ByteCount room_of(std::uint32_t block, std::uint64_t chunks) {
  return kChunk * static_cast<std::uint64_t>(std::popcount(data_chunks(block) & chunks));
}

TEST_CASE("a block is present once it is committed, and after reopening") {
  Rig rig;
  {
    ImageStore store = rig.open();
    REQUIRE(save(store, 1, kAll));
    CHECK(store.chunks_of(1) == 0);
    CHECK(load(store, 1, kAll) == 0);
    store.commit();
    CHECK(load(store, 1, kAll) == kAll);
    REQUIRE(save(store, 2, kAll));  // and never committed
  }
  ImageStore store = rig.open();
  CHECK(load(store, 1, kAll) == kAll);
  CHECK(load(store, 2, kAll) == 0);
  CHECK(load(store, 3, kAll) == 0);
}

TEST_CASE("parts of a block accumulate over several saves, commits and openings") {
  Rig rig;
  std::uint64_t saved = 0;
  for (const std::uint64_t part : {0x0001U, 0x8000U, 0x00f1U, 0x7f00U, 0xffffU}) {
    ImageStore store = rig.open();
    CHECK(load(store, 5, kAll) == saved);
    REQUIRE(save(store, 5, part));
    REQUIRE(save(store, 5, part | 0x2));
    saved |= part | 0x2;
    store.commit();
    CHECK(load(store, 5, kAll) == saved);
    CHECK(load(store, 5, 0x8001) == (saved & 0x8001));
    CHECK(rig.space.used() == room_of(5, saved));
  }
}

TEST_CASE("a cleared store is empty, including zeros and uncommitted blocks, and can be used again") {
  Rig rig;
  const Bytes zeros(kBlock.value);
  {
    ImageStore store = rig.open();
    REQUIRE(save(store, 1, kAll));
    REQUIRE(store.save(7, kAll, zeros.data()));
    store.commit();
    REQUIRE(save(store, 2, kAll));
    store.clear();
    CHECK(store.totals().blocks == 0);
    CHECK(rig.space.used() == ByteCount{});
    REQUIRE(save(store, 3, kAll));
    store.commit();
  }
  ImageStore store = rig.open();
  for (const std::uint32_t block : {1u, 2u, 7u}) CHECK(store.chunks_of(block) == 0);
  CHECK(load(store, 3, kAll) == kAll);
}

TEST_CASE("zeros take no space, are listed, and are loaded as zeros") {
  Rig rig;
  ImageStore store = rig.open();
  const Bytes zeros(kBlock.value);
  REQUIRE(store.save(7, kAll, zeros.data()));
  store.commit();
  CHECK(rig.space.used() == ByteCount{});
  CHECK(rig.takes(ByteCount{}));
  Bytes memory(kBlock.value, std::byte{1});
  CHECK(store.load(7, kAll, memory.data()).chunks == kAll);
  CHECK(memory == zeros);
  std::map<std::uint32_t, std::uint64_t> told;
  store.each_zero([&](std::uint32_t block, std::uint64_t chunks) { told[block] = chunks; });
  CHECK(told == std::map<std::uint32_t, std::uint64_t>{{7, kAll}});
}

TEST_CASE("the last, short block is stored to its last byte and no further") {
  Rig rig;
  ImageStore store = rig.open();
  REQUIRE(save(store, kLast, 0b10));
  store.commit();
  REQUIRE(save(store, kLast, kLastAll));
  store.commit();
  CHECK(load(store, kLast, kLastAll) == kLastAll);
  CHECK(rig.space.used() == kChunk * 2);
  CHECK(file_at(rig.data()).size() == kImage);
  CHECK(store.evict(1_MiB) == kChunk * 2);
  CHECK(rig.space.used() == ByteCount{});
}

TEST_CASE("loading does not change chunks that memory already has") {
  Rig rig;
  ImageStore store = rig.open();
  REQUIRE(save(store, 4, 0xff));
  store.commit();
  Bytes memory(kBlock.value, std::byte{0x5a});
  CHECK(store.load(4, 0x3c, memory.data()).chunks == 0x3c);
  CHECK((right_chunks(4, memory) & kAll) == 0x3c);
  for (const unsigned chunk : {0U, 1U, 6U, 7U, 8U, 15U}) CHECK(memory[chunk * kChunk.value] == std::byte{0x5a});
}

TEST_CASE("a damaged block is not returned, is dropped at the next commit, and can be written again") {
  for (const std::uint64_t wanted : {kAll, std::uint64_t{1}}) {  // the damage is in a chunk nobody asks for, too
    Rig rig;
    {
      ImageStore store = rig.open();
      REQUIRE(save(store, 8, kAll));
      REQUIRE(save(store, 9, kAll));
      store.commit();
    }
    flip_bit(rig.data(), 8 * kBlock.value + 5 * kChunk.value + 17, 3);
    ImageStore store = rig.open();
    const ByteCount used = rig.space.used();
    CHECK(load(store, 8, wanted) == 0);
    CHECK(store.chunks_of(8) == 0);
    CHECK(load(store, 9, kAll) == kAll);
    store.commit();
    CHECK(rig.space.used() == used - room_of(8, kAll));
    CHECK(rig.takes(room_of(9, kAll)));
    REQUIRE(save(store, 8, kAll));
    store.commit();
    CHECK(load(store, 8, kAll) == kAll);
    CHECK(rig.space.used() == used);
  }
}

TEST_CASE("a damaged block that is saved before the next commit does not take its space twice") {
  Rig rig;
  {
    ImageStore store = rig.open();
    REQUIRE(save(store, 8, kAll));
    store.commit();
  }
  flip_bit(rig.data(), 8 * kBlock.value);
  ImageStore store = rig.open();
  CHECK(load(store, 8, kAll) == 0);
  REQUIRE(save(store, 8, 0xf0));
  store.commit();
  CHECK(load(store, 8, kAll) == 0xf0);
  CHECK(rig.space.used() == room_of(8, 0xf0));
  CHECK(rig.takes(room_of(8, 0xf0)));
}

TEST_CASE("a chunk saved beside damaged chunks, before or after the damage is found, never restores them") {
  for (const bool found_first : {false, true}) {
    CAPTURE(found_first);
    Rig rig;
    {
      ImageStore store = rig.open();
      REQUIRE(save(store, 8, 0xf));
      store.commit();
    }
    flip_bit(rig.data(), 8 * kBlock.value);
    ImageStore store = rig.open();
    REQUIRE(save(store, 9, kAll));
    if (found_first) CHECK(load(store, 8, kAll) == 0);
    REQUIRE(save(store, 8, 0xf0));  // the rest can only be had from the disk
    store.commit();
    CHECK(load(store, 8, kAll) == 0xf0);
    CHECK(rig.space.used() == room_of(8, 0xf0) + room_of(9, kAll));
    CHECK(rig.takes(rig.space.used()));
  }
}

TEST_CASE("damage found while more chunks of the block await the commit drops the whole block") {
  Rig rig;
  {
    ImageStore store = rig.open();
    REQUIRE(save(store, 8, 0xf));
    store.commit();
  }
  ImageStore store = rig.open();
  REQUIRE(save(store, 8, 0xff));
  flip_bit(rig.data(), 8 * kBlock.value);
  CHECK(load(store, 8, kAll) == 0);
  store.commit();
  CHECK(load(store, 8, kAll) == 0);
  CHECK(rig.space.used() == ByteCount{});
  CHECK(rig.takes(ByteCount{}));
}

TEST_CASE("verify finds the damaged blocks and drops them") {
  Rig rig;
  ImageStore store = rig.open();
  for (std::uint32_t block = 0; block < 10; ++block) REQUIRE(save(store, block, kAll));
  store.commit();
  CHECK(store.verify() == 0);
  flip_bit(rig.data(), 4 * kBlock.value + 1);
  flip_bit(rig.data(), 8 * kBlock.value + 1);
  CHECK(store.verify() == 2);
  CHECK(store.totals().blocks == 8);
  CHECK(store.totals().bytes == rig.space.used());
}

TEST_CASE("eviction takes the least used blocks, returns the freed bytes, and keeps uncommitted blocks") {
  Rig rig;
  ImageStore store = rig.open();
  for (const std::uint32_t block : {0U, 4U, 8U, 12U}) REQUIRE(save(store, block, kAll));
  store.commit();
  for (const std::uint32_t block : {0U, 4U, 8U, 12U}) {
    if (block != 8) load(store, block, 1);
  }
  REQUIRE(save(store, 16, kAll));
  CHECK(store.evict(ByteCount{1}) == kBlock);
  CHECK(store.chunks_of(8) == 0);
  CHECK(store.chunks_of(0) == kAll);
  CHECK(rig.space.used() == kBlock * 4);
  CHECK(store.evict(kPlenty) == kBlock * 3);
  CHECK(store.evict(kPlenty) == ByteCount{});
  store.commit();
  CHECK(load(store, 16, kAll) == kAll);
  CHECK(rig.takes(kBlock));
  CHECK(rig.space.used() == kBlock);
}

TEST_CASE("blocks beyond the limit are not written, and stored blocks stay") {
  Rig rig(kBlock * 2 * 100 / 98);  // two blocks fit below the ceiling, and hardly anything else
  ImageStore store = rig.open();
  CHECK(save(store, 0, kAll));
  CHECK(save(store, 4, kAll));
  CHECK_FALSE(save(store, 8, 1));
  store.commit();
  CHECK(load(store, 4, kAll) == kAll);
  CHECK(load(store, 8, kAll) == 0);
  CHECK(rig.space.used() == kBlock * 2);
}

TEST_CASE("a second opener reads but cannot write; evicted blocks are absent for it, never wrong bytes") {
  Rig rig;
  ImageStore writer = rig.open();
  REQUIRE(save(writer, 0, kAll));
  REQUIRE(save(writer, 4, kAll));
  writer.commit();
  ImageStore reader = rig.open();
  CHECK_FALSE(reader.may_write());
  CHECK(load(reader, 0, kAll) == kAll);
  REQUIRE(writer.evict(kBlock * 2) == kBlock * 2);
  CHECK(load(reader, 0, kAll) == 0);
  CHECK(load(reader, 4, kAll) == 0);
  CHECK(reader.chunks_of(0) == 0);
}

TEST_CASE("a second opener writes as soon as the first one has ended, and has its blocks") {
  Rig rig;
  auto first = std::make_unique<ImageStore>(rig.store(), image_key(), kGeometry, rig.space);
  ImageStore second = rig.open();
  CHECK_FALSE(second.may_write());
  CHECK_FALSE(second.try_to_write());
  REQUIRE(save(*first, 4, kAll));
  first->commit();
  CHECK(second.chunks_of(4) == 0);
  first.reset();
  CHECK(second.try_to_write());
  CHECK(second.may_write());
  CHECK(load(second, 4, kAll) == kAll);
  REQUIRE(save(second, 8, kAll));
  second.commit();
  CHECK(load(second, 8, kAll) == kAll);
  CHECK_FALSE(rig.open().may_write());
}

TEST_CASE("a store that was removed meanwhile is not written") {
  Rig rig;
  auto first = std::make_unique<ImageStore>(rig.store(), image_key(), kGeometry, rig.space);
  ImageStore second = rig.open();
  first.reset();
  std::filesystem::remove_all(rig.folder / "store");
  CHECK_FALSE(second.try_to_write());
  Rig other;
  ImageStore writer = other.open();
  REQUIRE(save(writer, 0, kAll));
  std::filesystem::remove_all(other.folder / "store");
  CHECK_THROWS_AS(writer.commit(), Error);
}

TEST_CASE("blocks lost by a crash before the commit are not served; a small leak is ignored") {
  Rig rig;
  {
    ImageStore store = rig.open();
    REQUIRE(save(store, 3, kAll));
    store.commit();
    for (std::uint32_t block = 4; block < 12; ++block) REQUIRE(save(store, block, kAll));
  }
  const ByteCount before = rig.allocated();
  const ByteCount used = rig.space.used();
  ImageStore store = rig.open();
  CHECK(load(store, 3, kAll) == kAll);
  CHECK(load(store, 4, kAll) == 0);
  // Less than 1 MiB: left where it is, and counted.
  CHECK(rig.allocated() == before);
  CHECK(rig.space.used() == used);
}

TEST_CASE("a large leak is found at the next open and freed") {
  const TemporaryFolder folder;
  Space space(folder.directory(), kPlenty, [] { return ByteCount{}; });
  const ImageKey key = image_key("v", 16_MiB);
  const Geometry geometry = geometry_of(1_MiB);
  const Bytes ones(geometry.block.value, std::byte{1});
  {
    ImageStore store(folder.directory(), key, geometry, space);
    REQUIRE(store.save(9, ~std::uint64_t{0}, ones.data()));
    store.commit();
    for (std::uint32_t block = 0; block < 8; ++block) REQUIRE(store.save(block, ~std::uint64_t{0}, ones.data()));
  }
  CHECK(space.used() == 9_MiB);
  ImageStore store(folder.directory(), key, geometry, space);
  // As the file system counts, with its notes of where the pieces are.
  CHECK(space.used() + 64_KiB >= 1_MiB);
  CHECK(space.used() <= 1_MiB + 64_KiB);
  CHECK(file_at(folder / "data").allocated() <= 1_MiB + 64_KiB);
  Bytes memory(geometry.block.value);
  CHECK(store.load(9, ~std::uint64_t{0}, memory.data()).chunks == ~std::uint64_t{0});
  CHECK(memory == ones);
}

TEST_CASE("blocks of all sizes have at most 64 chunks, and all are restored") {
  for (const ByteCount block : {4_KiB, 16_KiB, 256_KiB, 1_MiB, 4_MiB}) {
    CAPTURE(block.value);
    const TemporaryFolder folder;
    Space space(folder.directory(), kPlenty, [] { return ByteCount{}; });
    const ImageKey key = image_key("v", block + ByteCount{1});
    const Bytes ones(block.value, std::byte{1});
    ImageStore store(folder.directory(), key, geometry_of(block), space);
    const std::uint64_t chunks = block.value / geometry_of(block).chunk.value;
    const std::uint64_t all = chunks == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << chunks) - 1;
    REQUIRE(store.save(0, all, ones.data()));
    REQUIRE(store.save(1, 1, ones.data()));
    store.commit();
    Bytes memory(block.value);
    CHECK(store.load(0, all, memory.data()).chunks == all);
    CHECK(memory == ones);
    CHECK(store.load(1, 1, memory.data()).chunks == 1);
    CHECK(space.used() == block + 4_KiB);
    CHECK(store.evict(kPlenty) == block + 4_KiB);
  }
}

// ---- Disks that fail

}  // namespace
}  // namespace rimfs::cache::disk
