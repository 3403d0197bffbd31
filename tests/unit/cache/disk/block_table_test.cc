// SPDX-License-Identifier: MIT
#include "cache/disk/block_table.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

namespace rimfs::cache::disk {
namespace {

StoredBlock stored(std::uint32_t block, std::uint64_t sum) { return {.block = block, .data = 1, .sum = sum}; }

TEST_CASE("a table agrees with a map in random operations of any order") {
  for (const std::uint32_t numbers : {4U, 40U, 4000U}) {  // few: much comes and goes; many: it grows
    std::mt19937 random(numbers);
    const std::uint32_t apart = numbers == 40 ? 0x10000 : 1;
    BlockTable table;
    std::map<std::uint32_t, std::uint64_t> model;
    for (unsigned step = 0; step < 40'000; ++step) {
      const auto block = static_cast<std::uint32_t>(random() % numbers * apart);
      if (random() % 5 < 3) {
        model[block] = step;
        table.put(stored(block, step));
      } else {
        model.erase(block);
        table.erase(block);
      }
      REQUIRE(table.size() == model.size());
      const auto other = static_cast<std::uint32_t>(random() % numbers * apart);
      const auto known = model.find(other);
      const KeptBlock* found = table.find(other);
      REQUIRE((found != nullptr) == (known != model.end()));
      if (found) REQUIRE(found->stored.sum == known->second);
    }
    std::map<std::uint32_t, std::uint64_t> all;
    for (const KeptBlock& kept : table) all[kept.stored.block] = kept.stored.sum;
    CHECK(all == model);
  }
}

TEST_CASE("a block that is put again keeps its record of uses") {
  BlockTable table;
  table.put(stored(5, 1)).used_at(moment_of(99) + 7);
  table.find(5)->uses = 3;
  CHECK(table.put(stored(5, 2)).uses == 3);
  CHECK(table.find(5)->last_use() == moment_of(99) + 7);
  CHECK(table.find(5)->stored.sum == 2);
}

TEST_CASE("an empty table finds and erases nothing") {
  BlockTable table;
  CHECK(table.find(0) == nullptr);
  table.erase(0);
  CHECK(table.size() == 0);
  CHECK(table.begin() == table.end());
}

/// Of all its blocks, and of as many that it does not have.
double mean_search(const BlockTable& table, std::uint32_t (*number)(std::uint32_t), std::uint32_t count) {
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < 2 * count; ++i) sum += table.buckets_searched(number(i));
  return static_cast<double>(sum) / (2.0 * count);
}

TEST_CASE("a search stays short for any size of the table and any pattern of blocks") {
  struct Case {
    std::string pattern;
    std::uint32_t (*number)(std::uint32_t);
  };
  const Case cases[] = {
      {"in a row", [](std::uint32_t i) { return i; }},
      {"every other", [](std::uint32_t i) { return 2 * i; }},
      {"one in 16, which share a bucket in their group", [](std::uint32_t i) { return 16 * i; }},
      {"anywhere", [](std::uint32_t i) { return i * 2654435761U; }},
  };
  for (const Case& one : cases) {
    for (const std::uint32_t count : {10U, 1'000U, 100'000U, 1'000'000U}) {
      if (count > 100'000 && &one != cases) continue;  // a million takes its time under sanitizers
      BlockTable table;
      for (std::uint32_t i = 0; i < count; ++i) table.put(stored(one.number(i), i));
      CAPTURE(one.pattern);
      CAPTURE(count);
      CHECK(mean_search(table, one.number, count) < 12);
    }
  }
}

}  // namespace
}  // namespace rimfs::cache::disk
