// SPDX-License-Identifier: MIT
// Measures parts of the disk cache by themselves, for the rows N7 and N10.
//   disk-cache write windows|plain|store DIR MIB   writes DIR/data in blocks of 1 MiB, synced every 64, as the cache's
//                                                  writer does: with its windows, without them, or as an ImageStore
//   disk-cache index DIR BLOCKS                    opens a store whose index has so many blocks
// Prints one JSON object.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "cache/disk/image_store.h"
#include "cache/disk/index_log.h"
#include "extents/zero_scan.h"

namespace {

using namespace rimfs;
using namespace rimfs::cache;
using namespace rimfs::cache::disk;

constexpr ByteCount kBlock = 1_MiB;
constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint32_t kCommitBlocks = 64;  // as DiskCache

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The blocks to write: a few, in turns, so that making them takes no time and no memory.
std::vector<std::vector<std::byte>> some_blocks() {
  std::mt19937_64 random(7);
  std::vector<std::vector<std::byte>> blocks(8, std::vector<std::byte>(kBlock.value));
  for (auto& block : blocks) {
    for (std::size_t at = 0; at < block.size(); at += 8) {
      const std::uint64_t number = random();
      std::memcpy(&block[at], &number, 8);
    }
  }
  return blocks;
}

ImageKey key_of(std::uint32_t blocks) {
  ImageKey key;
  key.version = ImageIdBuilder("bench").add(blocks).finish();
  key.size = kBlock * blocks;
  key.url = DisplayUrl("http://bench/");
  return key;
}

void write_store(const std::string& folder, std::uint32_t count) {
  const auto blocks = some_blocks();
  Space space(Directory::private_at(folder), kBlock * count * 2, [] { return ByteCount{}; });
  ImageStore store(Directory::private_at(folder), key_of(count), geometry_of(kBlock), space);
  for (std::uint32_t i = 0; i < count; ++i) {
    store.save(i, kAll, blocks[i % blocks.size()].data());
    if ((i + 1) % kCommitBlocks == 0) store.commit();
  }
  store.commit();
}

/// What the store does for a block, with the windows or without.
void write_file(const std::string& folder, std::uint32_t count, bool with_windows) {
  const auto blocks = some_blocks();
  File data = Directory::private_at(folder).make_new("data");
  data.truncate(kBlock * count);
  WriteWindows windows;
  std::uint64_t sums = 0;
  const auto make_durable = [&] {
    if (with_windows) windows.finish(data);
    data.sync();
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::vector<std::byte>& block = blocks[i % blocks.size()];
    sums += extents::is_all_zero(block.data(), block.size()) ? 0 : xxh3_64(block);
    const ByteRange range = range_of(Offset{kBlock.value * i}, kBlock);
    data.write(block, range.begin);
    if (with_windows) windows.wrote(data, range);
    if ((i + 1) % kCommitBlocks == 0) make_durable();
  }
  make_durable();
  if (sums == 0) fmt::print(stderr, "unlikely\n");  // so that the sums are made
}

std::size_t allocated() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

void open_index(const std::string& folder, std::uint32_t count) {
  Space space(Directory::private_at(folder), ByteCount{INT64_MAX}, [] { return ByteCount{}; });
  {
    const ImageStore empty(Directory::private_at(folder), key_of(count), geometry_of(kBlock),
                           space);  // makes the header
  }
  {
    RecordBytes head{};
    const Directory directory = Directory::private_at(folder);
    File file = directory.open_or_make(IndexLog::kName);
    file.read(head, Offset{0});
    IndexLog log(directory, std::move(file), decode_header(head).value(), true);
    std::vector<StoredBlock> records;
    for (std::uint32_t i = 0; i < count; ++i) records.push_back({.block = i, .used = i, .data = kAll, .sum = i});
    log.append(records);
  }
  const std::size_t before = allocated();
  std::optional<ImageStore> store;
  const double seconds =
      seconds_of([&] { store.emplace(Directory::private_at(folder), key_of(count), geometry_of(kBlock), space); });
  const double bytes = static_cast<double>(allocated() - before) / count;
  fmt::print("{{\"seconds\": {:.4f}, \"bytes_per_block\": {:.1f}, \"blocks\": {}}}\n", seconds, bytes,
             store->totals().blocks);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 4 && words[0] == "write") {
      const auto count = static_cast<std::uint32_t>(std::stoul(words[3]));
      const double seconds = seconds_of([&] {
        if (words[1] == "store") {
          write_store(words[2], count);
        } else {
          write_file(words[2], count, words[1] == "windows");
        }
      });
      fmt::print("{{\"seconds\": {:.4f}}}\n", seconds);
      return 0;
    }
    if (words.size() == 3 && words[0] == "index") {
      open_index(words[1], static_cast<std::uint32_t>(std::stoul(words[2])));
      return 0;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  fmt::print(stderr, "usage: disk-cache write windows|plain|store DIR MIB | index DIR BLOCKS\n");
  return 2;
}
