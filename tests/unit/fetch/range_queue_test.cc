// SPDX-License-Identifier: MIT
#include "fetch/range_queue.h"

#include <doctest/doctest.h>

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

/// Permits requests of this size to every server.
RangeQueue::Allowance allowance(ByteCount size) {
  return [size](const RemoteFile&) { return size; };
}

RangeQueue::Piece piece(ByteCount size) {
  return [size](const RemoteFile&, Offset, const readahead::Split&) { return size; };
}

constexpr readahead::Split kSplit{.piece = 1_MiB};

}  // namespace

TEST_CASE("demand is joined with adjoining ranges, up to the size of one request") {
  RangeQueue queue;
  const auto file = file_of(1_MiB);
  queue.push_demand({file, {{0}, {100}}, Urgency::demand});
  queue.push_demand({file, {{200}, {300}}, Urgency::demand});
  queue.push_demand({file, {{100}, {200}}, Urgency::demand});
  queue.push_speculation(file, {{300}, {400}}, kSplit);
  const auto joined = queue.pop_demand(allowance(ByteCount{1000}), piece(1_MiB));
  REQUIRE(joined);
  CHECK(joined->range == ByteRange{{0}, {400}});
  CHECK(joined->urgency == Urgency::demand);
  CHECK_FALSE(queue.pop_speculation(allowance(1_MiB), piece(1_MiB)));
  CHECK(queue.speculation_bytes() == ByteCount{0});

  queue.push_demand({file, {{0}, {100}}, Urgency::demand});
  queue.push_demand({file, {{100}, {200}}, Urgency::demand});
  CHECK(queue.pop_demand(allowance(ByteCount{150}), piece(1_MiB))->range == ByteRange{{0}, {100}});
}

TEST_CASE("demand takes of the range behind it only what fits into its request, and the rest stays queued") {
  RangeQueue queue;
  const auto file = file_of(64_MiB);
  queue.push_speculation(file, {Offset{} + 1_MiB, Offset{} + 9_MiB}, kSplit);
  queue.push_demand({file, range_of({}, 1_MiB), Urgency::demand});
  CHECK(queue.pop_demand(allowance(16_MiB), piece(2_MiB))->range == range_of({}, 3_MiB));
  CHECK(queue.speculation_bytes() == 6_MiB);
  queue.push_demand({file, {Offset{} + 2_MiB, Offset{} + 3_MiB}, Urgency::demand});
  CHECK(queue.pop_demand(allowance(3_MiB), piece(4_MiB))->range == ByteRange{Offset{} + 2_MiB, Offset{} + 5_MiB});
  CHECK(queue.speculation_bytes() == 4_MiB);
  CHECK(queue.pop_speculation(allowance(16_MiB), piece(16_MiB))->range ==
        ByteRange{Offset{} + 5_MiB, Offset{} + 9_MiB});
}

TEST_CASE("speculation is split into whole requests that begin with a block") {
  RangeQueue queue;
  const Offset begin = Offset{50};
  queue.push_speculation(file_of(1024_MiB), {begin, Offset{} + 10_MiB}, kSplit);
  const auto next = [&] { return queue.pop_speculation(allowance(16_MiB), piece(4_MiB)); };
  CHECK(next()->range == ByteRange{begin, Offset{} + 4_MiB});
  CHECK(next()->range == ByteRange{Offset{} + 4_MiB, Offset{} + 8_MiB});
  CHECK(next()->range == ByteRange{Offset{} + 8_MiB, Offset{} + 10_MiB});
  CHECK_FALSE(next());
}

TEST_CASE("a range grows with its reader, and is split only when it is requested") {
  RangeQueue queue;
  const auto file = file_of(1024_MiB);
  queue.push_speculation(file, range_of({}, 3_MiB), kSplit);
  queue.push_speculation(file, {Offset{} + 3_MiB, Offset{} + 20_MiB}, {.piece = 8_MiB});
  std::vector<std::uint64_t> begun;
  const RangeQueue::Piece whole = [&](const RemoteFile&, Offset, const readahead::Split& split) {
    begun.push_back(split.begun);
    return split.piece;
  };
  CHECK(queue.pop_speculation(allowance(16_MiB), whole)->range == range_of({}, 8_MiB));
  queue.push_speculation(file, {Offset{} + 20_MiB, Offset{} + 40_MiB}, {.piece = 16_MiB});
  CHECK(queue.pop_speculation(allowance(16_MiB), whole)->range == ByteRange{Offset{} + 8_MiB, Offset{} + 24_MiB});
  queue.push_speculation(file, {Offset{} + 40_MiB, Offset{} + 80_MiB}, {.piece = 16_MiB, .opening = true});
  CHECK(queue.pop_speculation(allowance(16_MiB), whole)->range == ByteRange{Offset{} + 24_MiB, Offset{} + 40_MiB});
  CHECK(begun == std::vector<std::uint64_t>{0, 1, 0});
}

TEST_CASE("a range that could not be requested is requested before the ranges that follow it") {
  RangeQueue queue;
  const auto file = file_of(1024_MiB);
  queue.push_speculation(file, range_of({}, 16_MiB), kSplit);
  auto first = queue.pop_speculation(allowance(16_MiB), piece(4_MiB));
  queue.push_front(std::move(*first));
  CHECK(queue.speculation_bytes() == 16_MiB);
  CHECK(queue.pop_speculation(allowance(16_MiB), piece(8_MiB))->range == range_of({}, 8_MiB));
}

TEST_CASE("the ranges of several readers take turns") {
  RangeQueue queue;
  const auto one = file_of(64_MiB);
  const auto other = file_of(64_MiB);
  queue.push_speculation(one, range_of({}, 8_MiB), kSplit);
  queue.push_speculation(other, range_of({}, 8_MiB), kSplit);
  for (const auto& file : {one, other, one, other}) {
    CHECK(queue.pop_speculation(allowance(16_MiB), piece(4_MiB))->file == file);
  }
  CHECK(queue.speculation_bytes() == ByteCount{0});
}

TEST_CASE("ranges for a busy server do not block ranges for another one") {
  RangeQueue queue;
  const auto busy = file_of(64_MiB);
  const auto idle = file_of(64_MiB);
  queue.push_demand({busy, {{0}, {100}}, Urgency::demand});
  queue.push_demand({idle, {{0}, {200}}, Urgency::demand});
  const RangeQueue::Allowance only_idle = [&](const RemoteFile& file) {
    return &file == idle.get() ? 1_MiB : ByteCount{};
  };
  CHECK(queue.pop_demand(only_idle, piece(1_MiB))->file == idle);
  CHECK_FALSE(queue.pop_demand(only_idle, piece(1_MiB)));
  CHECK(queue.pop_demand(allowance(1_MiB), piece(1_MiB))->file == busy);
}
