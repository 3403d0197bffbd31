// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <utility>

#include "fetch/failed_ranges.h"
#include "fetch/waiting_reads.h"
#include "http/progress_credit.h"

using namespace rimfs;
using namespace rimfs::fetch;
using namespace std::chrono_literals;
using http::ProgressCredit;

namespace {

using Time = ProgressCredit::Time;
const Time kStart = Time{} + 1h;

class OneRead : public Read {
 public:
  explicit OneRead(ByteRange range) : Read(range, 1_MiB) {}
  void finished(const std::optional<Error>&) override {}
};

std::shared_ptr<RemoteFile> a_file() {
  static reactor::EventLoop loop;
  static http::Host host("http://127.0.0.1", 16, loop);
  http::Address address("http://127.0.0.1/disk.img", std::make_shared<const http::ServerAccess>());
  auto resource =
      std::make_unique<http::Resource>(std::vector<http::Address>{address}, http::Identity{1_MiB, "", ""}, host);
  return std::make_shared<RemoteFile>(1, std::move(resource), range_of({}, 1_MiB));
}

/// When a reader who asked at kStart gives up, if `bytes` arrive every `pause` for `length`, and somebody looks every
/// 100 ms, just before the deadlines are looked at.
ProgressCredit::Clock::duration waited(ByteCount bytes, std::chrono::milliseconds pause,
                                       std::chrono::milliseconds length, ByteCount rate = 4_KiB) {
  ProgressCredit credit(2s, rate);
  ByteCount arrived;
  for (auto now = 0ms; now < 60s; now += 10ms) {
    if (now > 0ms && now <= length && now % pause == 0ms) arrived += bytes;
    if (now % 100ms != 0ms) continue;
    credit.brought(std::exchange(arrived, ByteCount{}), kStart + now);
    if (now >= 2s && kStart + now >= credit.until()) return now;
  }
  return 60s;
}

}  // namespace

TEST_CASE("only progress at the minimum rate extends a reader's wait beyond the deadline") {
  CHECK(waited({0}, 1s, 60s) == 2s);
  CHECK_MESSAGE(waited({10}, 500ms, 60s) <= 2100ms, "a server that drips");
  CHECK_MESSAGE(waited({1}, 20ms, 60s) <= 2100ms, "a byte in every look: 50 bytes a second");
  CHECK_MESSAGE(waited({10}, 50ms, 60s) <= 2100ms, "200 bytes a second");
  CHECK_MESSAGE(waited({20}, 20ms, 60s) <= 2100ms, "1,000 bytes a second");
  CHECK_MESSAGE(waited({204}, 100ms, 60s) <= 2100ms, "half the rate, in every look");
  CHECK_MESSAGE(waited({2048}, 1s, 60s) <= 3s, "half the rate");
  CHECK_MESSAGE(waited({45}, 10ms, 60s) == 60s, "a little more than the rate, in small pieces");
  CHECK_MESSAGE(waited({5000}, 1s, 60s) == 60s, "slow but steady");
  CHECK_MESSAGE(waited(16_KiB, 1s, 60s) == 60s, "steady");
  CHECK_MESSAGE(waited(1_MiB, 500ms, 500ms) == 2500ms, "a burst, then nothing: a deadline after it");
  CHECK_MESSAGE(waited({1}, 1s, 60s, {0}) == 60s, "no minimum rate: any byte is progress");
}

TEST_CASE("a read ends at its deadline, unless progress extends it") {
  WaitingReads reads;
  const auto file = a_file();
  const auto one = std::make_shared<OneRead>(range_of({}, 4_KiB));
  const auto other = std::make_shared<OneRead>(range_of({}, 8_KiB));
  const auto third = std::make_shared<OneRead>(range_of({}, 16_KiB));
  reads.add(file, one, kStart + 2s);
  reads.add(file, other, kStart + 3s);
  reads.add(file, third, kStart + 2s);
  const WaitingReads::Extended slow = [&](const RemoteFile&, ByteRange range) {
    return range.size() == 16_KiB ? kStart + 4s : Time{};
  };
  CHECK(reads.take_due(kStart + 1999ms, slow).empty());
  const auto due = reads.take_due(kStart + 2s, slow);
  REQUIRE(due.size() == 1);
  CHECK(due.front().read == one);
  other->answer(std::nullopt);
  CHECK(reads.take_due(kStart + 3999ms, slow).empty());
  CHECK(reads.take_due(kStart + 4s, slow).size() == 1);
  CHECK(reads.empty());
}

TEST_CASE("a range that has just failed fails again at once, for a moment and in this file only") {
  FailedRanges failed;
  failed.add(1, range_of({}, 128_KiB), Error(ErrorKind::timed_out, "gave up"), kStart);
  CHECK(failed.find(1, range_of({}, 4_KiB), kStart + 999ms));
  CHECK_FALSE(failed.find(1, range_of({}, 4_KiB), kStart + 1s));
  CHECK_FALSE_MESSAGE(failed.find(1, range_of({}, 132_KiB), kStart), "more than what failed");
  CHECK_FALSE(failed.find(1, range_of(Offset{} + 128_KiB, 4_KiB), kStart));
  CHECK_FALSE(failed.find(2, range_of({}, 4_KiB), kStart));
  failed.forget(1);
  CHECK_FALSE_MESSAGE(failed.find(1, range_of({}, 4_KiB), kStart), "it was opened again");
}

TEST_CASE("of many failures the newest are remembered") {
  FailedRanges failed;
  for (std::uint64_t i = 0; i <= FailedRanges::kMost; ++i) {
    failed.add(1, range_of(Offset{i * 4096}, 4_KiB), Error(ErrorKind::timed_out, "gave up"), kStart);
  }
  CHECK_FALSE(failed.find(1, range_of({}, 4_KiB), kStart));
  CHECK(failed.find(1, range_of(Offset{FailedRanges::kMost * 4096}, 4_KiB), kStart));
}
