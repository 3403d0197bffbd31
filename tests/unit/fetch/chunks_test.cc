// SPDX-License-Identifier: MIT
#include "fetch/chunks.h"

#include <doctest/doctest.h>

#include "fetch/range_queue.h"

using namespace rimfs;
using namespace rimfs::fetch;

namespace {

std::shared_ptr<RemoteFile> file_of(ByteCount size) {
  http::Address address("http://127.0.0.1/disk.img", std::make_shared<const http::ServerAccess>());
  http::Identity identity{size, "\"1\"", ""};
  static reactor::EventLoop loop;
  static http::Host host("http://127.0.0.1", 16, loop);
  auto resource = std::make_unique<http::Resource>(std::vector<http::Address>{address}, std::move(identity), host);
  return std::make_shared<RemoteFile>(1, std::move(resource), range_of({}, size));
}

/// Room for requests of this size to every server.
RangeQueue::Room room(ByteCount size) {
  return [size](const RemoteFile&) { return size; };
}

}  // namespace

TEST_CASE("a range touches the chunks it overlaps, in its block only") {
  struct Row {
    ByteRange range;
    std::uint64_t block;
    ChunkMask touched;
  };
  const Row rows[] = {
      {{{0}, {1}}, 0, 0b1},
      {{{0}, {(16_KiB).value}}, 0, 0b1},
      {{{(16_KiB).value - 1}, {(16_KiB).value + 1}}, 0, 0b11},
      {{{0}, {(1_MiB).value}}, 0, ~ChunkMask{0}},
      {{{(1_MiB).value}, {(1_MiB).value + 1}}, 0, 0},
      {{{0}, {(3_MiB).value}}, 1, ~ChunkMask{0}},
      {{{(1_MiB).value - 1}, {(1_MiB).value + 1}}, 1, 0b1},
  };
  for (const Row& row : rows) {
    CHECK(chunks_touched(row.range, BlockIndex{row.block}, 1_MiB, 16_KiB) == row.touched);
  }
}

TEST_CASE("runs of chunks are found from the lowest bit") {
  CHECK(first_run(0).count == 0);
  CHECK(first_run(0b0110).first == 1);
  CHECK(first_run(0b0110).count == 2);
  CHECK(first_run(~ChunkMask{0}).count == 64);
  CHECK(chunk_run(0, 64) == ~ChunkMask{0});
  CHECK(chunk_run(63, 1) == ChunkMask{1} << 63);
}

TEST_CASE("demand is joined with what adjoins it, up to the size of one request") {
  RangeQueue queue;
  const auto file = file_of(1_MiB);
  queue.push_demand({file, {{0}, {100}}, Urgency::demand});
  queue.push_demand({file, {{200}, {300}}, Urgency::demand});
  queue.push_demand({file, {{100}, {200}}, Urgency::demand});
  queue.push_speculation(file, {{300}, {400}}, {1_MiB}, 1);
  const auto joined = queue.pop_demand(room(ByteCount{1000}));
  REQUIRE(joined);
  CHECK(joined->range == ByteRange{{0}, {400}});
  CHECK(joined->urgency == Urgency::demand);
  CHECK_FALSE(queue.pop_speculation(room(1_MiB)));
  CHECK(queue.speculation_bytes() == ByteCount{0});

  queue.push_demand({file, {{0}, {100}}, Urgency::demand});
  queue.push_demand({file, {{100}, {200}}, Urgency::demand});
  CHECK(queue.pop_demand(room(ByteCount{150}))->range == ByteRange{{0}, {100}});
}

TEST_CASE("speculation is split into whole requests that begin with a block") {
  RangeQueue queue;
  const Offset begin = Offset{50};
  queue.push_speculation(file_of(1024_MiB), {begin, Offset{} + 10_MiB}, {4_MiB}, 16);
  CHECK(queue.pop_speculation(room(16_MiB))->range == ByteRange{begin, Offset{} + 4_MiB});
  CHECK(queue.pop_speculation(room(16_MiB))->range == ByteRange{Offset{} + 4_MiB, Offset{} + 8_MiB});
  CHECK(queue.pop_speculation(room(16_MiB))->range == ByteRange{Offset{} + 8_MiB, Offset{} + 10_MiB});
  CHECK_FALSE(queue.pop_speculation(room(16_MiB)));
}

TEST_CASE("towards the end of a file requests become smaller, so that the connections end together") {
  RangeQueue queue;
  queue.push_speculation(file_of(64_MiB), range_of({}, 64_MiB), {16_MiB}, 4);
  std::vector<std::uint64_t> sizes;
  ByteCount sum;
  while (const auto next = queue.pop_speculation(room(16_MiB))) {
    sizes.push_back(next->range.size().value >> 20);
    sum += next->range.size();
  }
  CHECK(sum == 64_MiB);
  CHECK(sizes == std::vector<std::uint64_t>{16, 16, 16, 12, 4});
  CHECK(queue.speculation_bytes() == ByteCount{0});
}

TEST_CASE("the requests of a window that opens grow, so that they end one after the other") {
  RangeQueue queue;
  queue.push_speculation(file_of(1024_MiB), range_of({}, 100_MiB), {16_MiB, true}, 8);
  std::vector<std::uint64_t> sizes;
  while (const auto next = queue.pop_speculation(room(16_MiB))) sizes.push_back(next->range.size().value >> 20);
  CHECK(sizes == std::vector<std::uint64_t>{2, 4, 6, 8, 10, 12, 14, 16, 16, 12});
}

TEST_CASE("staggered requests are never smaller than the smallest nor larger than a piece") {
  for (const ByteCount piece : {64_KiB, 1_MiB, 3_MiB, 16_MiB}) {
    for (unsigned connections : {1u, 4u, 16u, 256u}) {
      for (std::uint64_t number = 0; number < 300; ++number) {
        const ByteCount size = readahead::staggered(piece, number, connections);
        CHECK(size <= piece);
        CHECK(size >= std::min(piece, readahead::kSmallestRange));
        if (number + 1 >= connections) CHECK(size == piece);
      }
    }
  }
}

TEST_CASE("what waits for a busy server lets what is for another one go first") {
  RangeQueue queue;
  const auto busy = file_of(64_MiB);
  const auto idle = file_of(64_MiB);
  queue.push_demand({busy, {{0}, {100}}, Urgency::demand});
  queue.push_demand({idle, {{0}, {200}}, Urgency::demand});
  const RangeQueue::Room only_idle = [&](const RemoteFile& file) { return &file == idle.get() ? 1_MiB : ByteCount{}; };
  CHECK(queue.pop_demand(only_idle)->file == idle);
  CHECK_FALSE(queue.pop_demand(only_idle));
  CHECK(queue.pop_demand(room(1_MiB))->file == busy);
}
