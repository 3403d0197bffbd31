// SPDX-License-Identifier: MIT
#include "cache/disk/index_log.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "cache/disk/faults.h"
#include "cache/disk/rig.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

constexpr IndexHeader kHeader{65536, kImage.value, 42};

StoredBlock record(std::uint32_t block) { return {block, 7, 0xf0, 0x0f, std::uint64_t{block} * 3}; }

std::vector<StoredBlock> records(std::uint32_t from, std::uint32_t end) {
  std::vector<StoredBlock> list;
  for (std::uint32_t block = from; block < end; ++block) list.push_back(record(block));
  return list;
}

/// What the log says to a new opener; only read, so that the file stays as it is.
BlockTable blocks_of(const std::string& path, IndexHeader header = kHeader) {
  return IndexLog(path, header, false).take_blocks();
}

bool is_exactly(const BlockTable& blocks, std::uint32_t end) {
  if (blocks.size() != end) return false;
  return std::all_of(blocks.begin(), blocks.end(),
                     [](const KeptBlock& kept) { return kept.stored == record(kept.stored.block); });
}

TEST_CASE("what was appended is there after reopening; the last record of a block counts") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  IndexLog log(path, kHeader, true);
  CHECK(blocks_of(path).size() == 0);
  log.append(records(0, 5));
  const StoredBlock later{3, 100, 0xff, 0, 9};
  log.append(std::vector{later});
  BlockTable blocks = blocks_of(path);
  CHECK(blocks.size() == 5);
  REQUIRE(blocks.find(3));
  CHECK(blocks.find(3)->stored == later);
  CHECK(blocks.find(3)->last_use() == moment_of(100));
  CHECK(blocks.find(4)->stored == record(4));
}

TEST_CASE("a record without chunks removes its block, and the block may come back") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  IndexLog log(path, kHeader, true);
  log.append(records(0, 3));
  log.append(std::vector{StoredBlock{.block = 1}, StoredBlock{.block = 77}});
  CHECK(blocks_of(path).size() == 2);
  CHECK(blocks_of(path).find(1) == nullptr);
  log.append(records(1, 2));
  CHECK(is_exactly(blocks_of(path), 3));
}

TEST_CASE("a log torn at any length loses its tail and no more, and goes on from there") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  IndexLog(path, kHeader, true).append(records(0, 6));
  const Bytes whole = read_file(path);
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    write_file(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    const auto left = static_cast<std::uint32_t>(length < kRecordSize ? 0 : length / kRecordSize - 1);
    REQUIRE(is_exactly(blocks_of(path), left));
    IndexLog log(path, kHeader, true);
    REQUIRE(is_exactly(log.take_blocks(), left));
    log.append(records(left, 8));
    REQUIRE(is_exactly(blocks_of(path), 8));
  }
}

TEST_CASE("each flipped bit loses the record it is in and those behind it, never more, and invents none") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  IndexLog(path, kHeader, true).append(records(0, 4));
  const Bytes whole = read_file(path);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    write_file(path, damaged);
    const std::size_t hit = bit / 8 / kRecordSize;  // 0 is the header
    REQUIRE(is_exactly(blocks_of(path), static_cast<std::uint32_t>(hit == 0 ? 0 : hit - 1)));
  }
}

TEST_CASE("a log of another image or version begins anew") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  for (const IndexHeader& other : {IndexHeader{65536, kImage.value, 43}, IndexHeader{65536, kImage.value + 1, 42},
                                   IndexHeader{4096, kImage.value, 42}}) {
    IndexLog(path, kHeader, true).append(records(0, 4));
    CHECK(IndexLog(path, other, true).take_blocks().size() == 0);
    CHECK(blocks_of(path).size() == 0);
    CHECK(read_file(path).size() == kRecordSize);
  }
}

TEST_CASE("who may only read changes nothing, even of a torn or foreign log") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  IndexLog(path, kHeader, true).append(records(0, 4));
  Bytes torn = read_file(path);
  torn.resize(torn.size() - 7);
  write_file(path, torn);
  CHECK(is_exactly(blocks_of(path), 3));
  CHECK(read_file(path) == torn);
  CHECK(blocks_of(path, IndexHeader{1, 2, 3}).size() == 0);
  CHECK(read_file(path) == torn);
  CHECK_THROWS_AS(IndexLog(folder / "none", kHeader, false), Error);
}

TEST_CASE("rewriting keeps the live records alone and is wanted when most are out of date") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  IndexLog log(path, kHeader, true);
  for (int i = 0; i < 100; ++i) log.append(records(0, 50));
  CHECK(log.wants_rewriting(50));
  CHECK_FALSE(log.wants_rewriting(4000));
  log.rewrite(records(0, 50));
  CHECK(read_file(path).size() == 51 * kRecordSize);
  CHECK(is_exactly(blocks_of(path), 50));
  log.append(records(50, 60));
  CHECK(is_exactly(blocks_of(path), 60));
  CHECK_FALSE(log.wants_rewriting(1));  // too small to be worth it
}

TEST_CASE("an append that fails leaves the log as it was, and the next one takes its place") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  for (const Call call : {Call::write, Call::sync}) {
    std::filesystem::remove(path);
    IndexLog log(path, kHeader, true);
    log.append(records(0, 2));
    {
      const FailOnce fault(call, EIO);
      CHECK_THROWS_AS(log.append(records(10, 11)), Error);
    }
    log.append(records(2, 3));
    CHECK(is_exactly(blocks_of(path), 3));
  }
}

TEST_CASE("a rewriting that fails leaves the old log in use") {
  const TemporaryFolder folder;
  const std::string path = folder / "index";
  for (const Call call : {Call::write, Call::sync, Call::rename}) {
    std::filesystem::remove(path);
    IndexLog log(path, kHeader, true);
    log.append(records(0, 4));
    {
      const FailOnce fault(call, ENOSPC);
      CHECK_THROWS_AS(log.rewrite(records(0, 2)), Error);
    }
    CHECK(is_exactly(blocks_of(path), 4));
    log.append(records(4, 5));
    CHECK(is_exactly(blocks_of(path), 5));
  }
}

}  // namespace
}  // namespace rimfs::cache::disk
