// SPDX-License-Identifier: MIT
#include "cache/disk/index_log.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "cache/disk/faults.h"
#include "cache/disk/rig.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

constexpr std::uint64_t kSize = std::uint64_t{100} * 65536;
constexpr IndexHeader kHeader{65536, kSize, 42};

struct LogFolder : TemporaryFolder {
  IndexLog open(IndexHeader header = kHeader) const {
    return {directory, directory.open_or_make(IndexLog::kName), header, true};
  }
  IndexLog look(IndexHeader header = kHeader) const {
    return {directory, directory.open(IndexLog::kName, Directory::Access::read), header, false};
  }
  const Directory directory = TemporaryFolder::directory();
};

StoredBlock record(std::uint32_t block) { return {block, 7, 0xf0, 0x0f, std::uint64_t{block} * 3}; }

std::vector<StoredBlock> records(std::uint32_t from, std::uint32_t end) {
  std::vector<StoredBlock> list;
  for (std::uint32_t block = from; block < end; ++block) list.push_back(record(block));
  return list;
}

/// What the log says to a new opener; only read, so that the file stays as it is.
BlockTable blocks_of(const LogFolder& folder, IndexHeader header = kHeader) {
  return folder.look(header).take_blocks();
}

bool is_exactly(const BlockTable& blocks, std::uint32_t end) {
  if (blocks.size() != end) return false;
  return std::all_of(blocks.begin(), blocks.end(),
                     [](const KeptBlock& kept) { return kept.stored == record(kept.stored.block); });
}

TEST_CASE("appended records are present after reopening, and the last record of a block is valid") {
  const LogFolder folder;
  IndexLog log = folder.open();
  CHECK(blocks_of(folder).size() == 0);
  log.append(records(0, 5));
  const StoredBlock later{3, 100, 0xff, 0, 9};
  log.append(std::vector{later});
  BlockTable blocks = blocks_of(folder);
  CHECK(blocks.size() == 5);
  REQUIRE(blocks.find(3));
  CHECK(blocks.find(3)->stored == later);
  CHECK(blocks.find(3)->last_use() == moment_of(100));
  CHECK(blocks.find(4)->stored == record(4));
}

TEST_CASE("a record without chunks removes its block, and the block may be added again") {
  const LogFolder folder;
  IndexLog log = folder.open();
  log.append(records(0, 3));
  log.append(std::vector{StoredBlock{.block = 1}, StoredBlock{.block = 77}});
  CHECK(blocks_of(folder).size() == 2);
  CHECK(blocks_of(folder).find(1) == nullptr);
  log.append(records(1, 2));
  CHECK(is_exactly(blocks_of(folder), 3));
}

TEST_CASE("a log torn at any length loses only its tail and can be appended to") {
  const LogFolder folder;
  const std::string path = folder / "index";
  folder.open().append(records(0, 6));
  const Bytes whole = read_file(path);
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    CAPTURE(length);
    write_file(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    const auto left = static_cast<std::uint32_t>(length < kRecordSize ? 0 : length / kRecordSize - 1);
    REQUIRE(is_exactly(blocks_of(folder), left));
    IndexLog log = folder.open();
    REQUIRE(is_exactly(log.take_blocks(), left));
    log.append(records(left, 8));
    REQUIRE(is_exactly(blocks_of(folder), 8));
  }
}

TEST_CASE("each flipped bit loses only its record and later ones, and adds none") {
  const LogFolder folder;
  const std::string path = folder / "index";
  folder.open().append(records(0, 4));
  const Bytes whole = read_file(path);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    write_file(path, damaged);
    const std::size_t hit = bit / 8 / kRecordSize;  // 0 is the header
    REQUIRE(is_exactly(blocks_of(folder), static_cast<std::uint32_t>(hit == 0 ? 0 : hit - 1)));
  }
}

TEST_CASE("a log of another image or version is begun anew") {
  const LogFolder folder;
  const std::string path = folder / "index";
  for (const IndexHeader& other :
       {IndexHeader{65536, kSize, 43}, IndexHeader{65536, kSize + 1, 42}, IndexHeader{131072, kSize, 42}}) {
    folder.open().append(records(0, 4));
    CHECK(folder.open(other).take_blocks().size() == 0);
    CHECK(blocks_of(folder).size() == 0);
    CHECK(read_file(path).size() == kRecordSize);
  }
}

TEST_CASE("a reader without write access changes nothing, even in a torn or foreign log") {
  const LogFolder folder;
  const std::string path = folder / "index";
  folder.open().append(records(0, 4));
  Bytes torn = read_file(path);
  torn.resize(torn.size() - 7);
  write_file(path, torn);
  CHECK(is_exactly(blocks_of(folder), 3));
  CHECK(read_file(path) == torn);
  CHECK(blocks_of(folder, IndexHeader{1, 2, 3}).size() == 0);
  CHECK(read_file(path) == torn);
  std::filesystem::remove(path);
  CHECK_THROWS_AS(folder.look(), Error);
}

TEST_CASE("a record of a block or a chunk that the image does not have ends the log") {
  struct Row {
    const char* says;
    StoredBlock record;
    bool possible;
  };
  const Row rows[] = {
      {"the last block", {.block = 99, .data = 0xffff}, true},
      {"a block behind the image", {.block = 100, .data = 1}, false},
      {"a removal behind the image", {.block = 100}, false},
      {"data in a chunk that blocks of this size do not have", {.block = 3, .data = 0x10000}, false},
      {"zeros in one", {.block = 3, .zero = std::uint64_t{1} << 63}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    const LogFolder folder;
    folder.open().append(std::vector{record(1), row.record, record(2)});
    CHECK((blocks_of(folder).find(2) != nullptr) == row.possible);
    CHECK(blocks_of(folder).find(1) != nullptr);
  }
  CHECK(is_possible({.block = 20, .data = 0b11}, IndexHeader{65536, kImage.value, 1}));
  CHECK_FALSE(is_possible({.block = 20, .data = 0b100}, IndexHeader{65536, kImage.value, 1}));
}

TEST_CASE("a sparse log of a petabyte uses no memory") {
  const LogFolder folder;
  constexpr IndexHeader kHuge{65536, std::uint64_t{1} << 48, 42};
  folder.open(kHuge).append(records(0, 3));
  file_at(folder / "index").truncate(1_TiB);
  CHECK(is_exactly(blocks_of(folder, kHuge), 3));
}

TEST_CASE("a rewrite keeps only live records and is requested when most are outdated") {
  const LogFolder folder;
  const std::string path = folder / "index";
  IndexLog log = folder.open();
  for (int i = 0; i < 100; ++i) log.append(records(0, 50));
  CHECK(log.wants_rewriting(50));
  CHECK_FALSE(log.wants_rewriting(4000));
  log.rewrite(records(0, 50));
  CHECK(read_file(path).size() == 51 * kRecordSize);
  CHECK(is_exactly(blocks_of(folder), 50));
  log.append(records(50, 60));
  CHECK(is_exactly(blocks_of(folder), 60));
  CHECK_FALSE(log.wants_rewriting(1));  // too small to be worth it
}

TEST_CASE("a failed append leaves the log unchanged, and the next one replaces it") {
  const LogFolder folder;
  const std::string path = folder / "index";
  for (const Call call : {Call::write, Call::sync}) {
    std::filesystem::remove(path);
    IndexLog log = folder.open();
    log.append(records(0, 2));
    {
      const FailOnce fault(call, EIO);
      CHECK_THROWS_AS(log.append(records(10, 11)), Error);
    }
    log.append(records(2, 3));
    CHECK(is_exactly(blocks_of(folder), 3));
  }
}

TEST_CASE("a failed rewrite leaves the old log in use") {
  const LogFolder folder;
  const std::string path = folder / "index";
  for (const Call call : {Call::write, Call::sync, Call::rename}) {
    std::filesystem::remove(path);
    IndexLog log = folder.open();
    log.append(records(0, 4));
    {
      const FailOnce fault(call, ENOSPC);
      CHECK_THROWS_AS(log.rewrite(records(0, 2)), Error);
    }
    CHECK(is_exactly(blocks_of(folder), 4));
    log.append(records(4, 5));
    CHECK(is_exactly(blocks_of(folder), 5));
  }
}

}  // namespace
}  // namespace rimfs::cache::disk
