// SPDX-License-Identifier: MIT
#include "fetch/memory_share.h"

#include <doctest/doctest.h>

using rimfs::fetch::MemoryShare;

namespace {

const int kServers[8] = {};

/// Takes all that this server may have.
std::size_t fill(MemoryShare& memory, int server) {
  std::size_t blocks = 0;
  for (; memory.has_free_blocks(&kServers[server]); ++blocks) memory.take(&kServers[server], 1);
  return blocks;
}

}  // namespace

TEST_CASE("a server whose requests all hang leaves an eighth of the memory to others") {
  MemoryShare memory(64);
  CHECK(fill(memory, 0) == 56);
  CHECK(fill(memory, 1) == 4);
  CHECK(fill(memory, 2) == 2);
  CHECK(memory.held() <= 64);
}

TEST_CASE("in the smallest cache another server still gets a block") {
  for (const std::size_t capacity : {4u, 5u, 8u}) {
    MemoryShare memory(capacity);
    CHECK(fill(memory, 0) == capacity - 1);
    CHECK(fill(memory, 1) == 1);
  }
}

TEST_CASE("memory that is released is available to all servers again") {
  MemoryShare memory(16);
  const std::size_t all = fill(memory, 0);
  memory.give_back(&kServers[0], all);
  CHECK(memory.held() == 0);
  CHECK(fill(memory, 1) == all);
}
