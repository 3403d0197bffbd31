// SPDX-License-Identifier: MIT
// Measures what grows with the number of cached blocks, by itself, for the rows N10 and S4.
//   block-scale cache BLOCKS    a full memory cache of so many blocks: bookkeeping, inserting, finding at random
//   block-scale extents RUNS    an extent map of so many runs: its memory, finding at random
// Prints one JSON object. The blocks' own memory is mapped and never touched.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "cache/block_cache.h"
#include "extents/extent_map.h"

namespace {

using namespace rimfs;

constexpr ByteCount kBlock = 64_KiB;
constexpr std::size_t kQueries = 2'000'000;

double nanoseconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

std::size_t allocated() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Drawn beforehand, so that finding alone is timed.
std::vector<std::uint32_t> some_of(std::uint32_t count) {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::uint32_t> any(0, count - 1);
  std::vector<std::uint32_t> drawn(kQueries);
  for (std::uint32_t& one : drawn) one = any(random);
  return drawn;
}

void measure_cache(std::uint32_t count) {
  const std::vector<std::uint32_t> queries = some_of(count);
  const std::size_t before = allocated();
  cache::BlockCache cache(kBlock * count, kBlock);
  const double inserting = nanoseconds_of([&] {
    for (std::uint32_t block = 0; block < count; ++block) cache.find_or_insert({1, block});
  });
  const double bytes = static_cast<double>(allocated() - before) / count;
  std::size_t found = 0;
  const double finding = nanoseconds_of([&] {
    for (const std::uint32_t block : queries) found += cache.find({1, block}) ? 1 : 0;
  });
  fmt::print("{{\"bytes_per_block\": {:.1f}, \"insert_ns\": {:.1f}, \"find_ns\": {:.1f}, \"found\": {:.4f}}}\n", bytes,
             inserting / count, finding / kQueries, static_cast<double>(found) / kQueries);
}

void measure_extents(std::uint32_t count) {
  const std::vector<std::uint32_t> queries = some_of(count);
  const std::size_t before = allocated();
  extents::ExtentMap map(kBlock * count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool zero = i % 2 == 0;
    map.learn(range_of(Offset{kBlock.value * i}, kBlock), zero ? extents::ExtentKind::zero : extents::ExtentKind::data);
  }
  const double bytes = static_cast<double>(allocated() - before) / static_cast<double>(map.runs());
  std::size_t zeros = 0;
  const double finding = nanoseconds_of([&] {
    for (const std::uint32_t block : queries) {
      zeros += map.at(Offset{kBlock.value * block}) == extents::ExtentKind::zero ? 1 : 0;
    }
  });
  fmt::print("{{\"bytes_per_run\": {:.1f}, \"find_ns\": {:.1f}, \"runs\": {}, \"zero\": {:.4f}}}\n", bytes,
             finding / kQueries, map.runs(), static_cast<double>(zeros) / kQueries);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 2 && (words[0] == "cache" || words[0] == "extents")) {
      const auto count = static_cast<std::uint32_t>(std::stoul(words[1]));
      words[0] == "cache" ? measure_cache(count) : measure_extents(count);
      return 0;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  fmt::print(stderr, "usage: block-scale cache BLOCKS | extents RUNS\n");
  return 2;
}
