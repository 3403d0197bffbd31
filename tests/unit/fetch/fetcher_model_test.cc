// SPDX-License-Identifier: MIT
// The fetcher against a plain byte array: random readers, servers, faults and cancellations in virtual time.
#include "fetch/fetcher.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../http/scripted_transport.h"
#include "../model_run.h"
#include "extents/zero_scan.h"
#include "reactor/event_loop.h"

using namespace rimfs;
using namespace std::chrono_literals;
using fetch::Fetcher;
using fetch::RemoteFile;
using reactor::EventLoop;
using reactor::Task;
using std::chrono::microseconds;

namespace {

constexpr ByteCount kBlock = 64_KiB;
constexpr auto kDeadline = 4s;

/// Ranges of random bytes and of zeros.
std::vector<std::byte> some_image(ModelRandom& random) {
  std::vector<std::byte> image(1 + random.upto(1 << 20));
  for (std::size_t at = 0; at < image.size();) {
    const std::size_t end = std::min(image.size(), at + 1 + random.upto(200'000));
    const bool zero = random.chance(30);
    std::uint64_t word = random.upto(UINT64_MAX);
    for (; !zero && at < end; at += sizeof(word)) {
      word = word * 6364136223846793005u + 1442695040888963407u;
      const std::uint64_t mixed = word ^ word >> 32;  // the low bits alone have a short period
      std::memcpy(&image[at], &mixed, std::min(sizeof(mixed), end - at));
    }
    at = end;
  }
  return image;
}

/// What makes one run differ from another.
struct Plan {
  explicit Plan(ModelRandom& random)
      : faults(random.chance(40) ? 0 : static_cast<unsigned>(random.upto(40))),
        cancels(random.chance(50) ? 0 : static_cast<unsigned>(random.upto(30))),
        addresses(1 + random.upto(1)),
        readers(1 + random.upto(5)),
        reads(1 + random.upto(30)),
        memory(kBlock * (8 + random.upto(random.chance(50) ? 4 : 40))),
        delay(random.time<microseconds>(200ms)),
        pause(random.time<microseconds>(20ms)) {
    options.connections = 1 + static_cast<unsigned>(random.upto(15));
    options.hedged_requests = random.chance(50);
    options.retry_deadline = kDeadline;
    options.stall_timeout = 1s;
  }

  http::Options options;
  unsigned faults;   // of 100 replies
  unsigned cancels;  // of 100 reads
  std::size_t addresses;
  std::size_t readers;
  std::size_t reads;
  ByteCount memory;
  microseconds delay;
  microseconds pause;
};

/// One run, from a seed.
class Run {
 public:
  Run(std::uint64_t seed, Log& log)
      : log_(log),
        random_(seed),
        plan_(random_),
        image_(some_image(random_)),
        transport_(loop_, [this](const http::Exchange& exchange) { return reply(exchange); }),
        client_(loop_, transport_, plan_.options, log_, http::Jitter(static_cast<std::uint32_t>(seed))),
        cache_(plan_.memory, kBlock),
        fetcher_(loop_, client_, cache_, std::nullopt, plan_.memory / 2, counters_, log_) {}

  void run() {
    reactor::TaskScope main;
    main.spawn(all());
    loop_.run();
    REQUIRE_MESSAGE(ended_, "a task waits for what never happens");
  }

 private:
  /// A read whose answer is compared with the image.
  class CheckedRead final : public fetch::Read {
   public:
    CheckedRead(Run& run, ByteRange range)
        : Read(range, kBlock), answered(run.loop_), run_(run), asked_(run.loop_.now()) {}

    reactor::Signal answered;
    bool is_answered = false;
    bool cancelled = false;

   private:
    void finished(const std::optional<Error>& error) override {
      is_answered = true;
      answered.notify_all();
      ++run_.answers_;
      CHECK(run_.loop_.now() <= std::max(asked_, run_.transport_.last_bytes_at()) + kDeadline + 200ms);
      if (error) return check(*error);
      BlockIndex block = first_block();
      for (const cache::BlockRef& ref : blocks()) {
        compare(range().intersect(range_of(block_start(block, kBlock), kBlock)), ref, block);
        block = block.next();
      }
    }

    void check(const Error& error) const {
      if (error.kind() == ErrorKind::cancelled) {
        CHECK(cancelled);
        return;
      }
      INFO(error.message());
      CHECK(run_.plan_.faults > 0);
      CHECK((is_connection_failure(error.kind()) || error.kind() == ErrorKind::corrupt));
    }

    void compare(ByteRange part, const cache::BlockRef& ref, BlockIndex block) const {
      const auto expected = std::span(run_.image_).subspan(part.begin.value, part.size().value);
      if (!ref) {
        CHECK(extents::is_all_zero(expected.data(), expected.size()));
        return;
      }
      const std::byte* const seen = ref->data() + (part.begin - block_start(block, kBlock)).value;
      CHECK(std::memcmp(expected.data(), seen, expected.size()) == 0);
    }

    Run& run_;
    const EventLoop::Clock::time_point asked_;
  };

  Task<> all() {
    make_file();
    for (std::size_t i = 0; i < plan_.readers; ++i) readers_.spawn(reader());
    co_await readers_.joined();
    CHECK(answers_ == asked_);
    co_await become_idle();
    check_gauges();
    client_.cancel_all();
    loop_.wake_sleepers();
    co_await fetcher_.close();
    co_await client_.close();
    co_await transport_.closed();
    CHECK(cache_.referenced_blocks() == 0);
    ended_ = true;
    loop_.stop();
  }

  void make_file() {
    std::vector<http::Address> addresses;
    for (std::size_t i = 0; i < plan_.addresses; ++i) {
      addresses.emplace_back(fmt::format("http://server{}/disk.img", i), std::make_shared<const http::ServerAccess>());
    }
    http::Host& host = client_.host_of(addresses.front());
    http::Identity identity{ByteCount{image_.size()}, "\"one\"", ""};
    auto resource = std::make_unique<http::Resource>(std::move(addresses), std::move(identity), host);
    file_ = std::make_shared<RemoteFile>(1, std::move(resource), range_of({}, ByteCount{image_.size()}));
  }

  http::ScriptedReply reply(const http::Exchange& exchange) {
    const ByteRange range = *exchange.request().range;
    CHECK(range.end.value <= image_.size());
    http::ScriptedReply reply = http::ScriptedReply::range_of(image_, range, "\"one\"");
    reply.delay = plan_.delay / 2 + random_.time<microseconds>(plan_.delay);
    reply.pause = random_.time<microseconds>(plan_.pause);
    if (!random_.chance(plan_.faults)) return reply;
    switch (random_.upto(6)) {
      case 0:
        reply.refuses_connection = true;
        break;
      case 1:
        reply.hangs = true;
        break;
      case 2:
        reply.breaks_after = random_.upto(range.size().value);
        break;
      case 3:
        reply.hangs_after = random_.upto(range.size().value);
        break;
      case 4:
        return http::ScriptedReply::failure(503);
      case 5:
        return http::ScriptedReply::failure(500);
      default:
        reply.headers.front() = "Content-Range: bytes 0-0/1";
    }
    return reply;
  }

  ByteRange some_range(Offset near) {
    const std::uint64_t size = image_.size();
    const std::uint64_t begin = random_.chance(50) && near.value < size ? near.value : random_.upto(size - 1);
    return {Offset{begin}, Offset{std::min(size, begin + 1 + random_.upto(random_.chance(80) ? 20'000 : 300'000))}};
  }

  Task<> reader() {
    Offset at;
    std::vector<std::shared_ptr<CheckedRead>> reads;
    for (std::size_t i = 0; i < plan_.reads; ++i) {
      const ByteRange range = some_range(at);
      at = range.end;
      reads.push_back(ask(range));
      if (random_.chance(30)) fetcher_.prefetch(file_, some_range(at), {.piece = kBlock * (1 + random_.upto(4))});
      if (random_.chance(5)) fetcher_.read_soon(file_, {ask_soon(some_range(at))});
      if (random_.chance(20)) {
        co_await loop_.sleep(random_.time<microseconds>(100ms));
      }
      while (reads.size() > random_.upto(8)) {
        const std::shared_ptr<CheckedRead> first = reads.front();
        reads.erase(reads.begin());
        while (!first->is_answered) {
          auto answered = first->answered.wait();
          co_await answered;
        }
      }
    }
    for (const auto& read : reads) {
      while (!read->is_answered) {
        auto answered = read->answered.wait();
        co_await answered;
      }
    }
  }

  std::shared_ptr<CheckedRead> ask(ByteRange range) {
    auto read = std::make_shared<CheckedRead>(*this, range);
    ++asked_;
    fetcher_.demand(file_, read, {ByteCount{random_.upto(100'000)}, random_.chance(30)});
    if (random_.chance(plan_.cancels)) {
      read->cancelled = true;
      loop_.add_timer(random_.time<microseconds>(500ms), [this, read] { fetcher_.cancel(read); });
    }
    return read;
  }

  std::shared_ptr<fetch::Read> ask_soon(ByteRange range) { return std::make_shared<fetch::ReadAhead>(range, kBlock); }

  /// What was asked for ahead of readers comes to its end, too.
  Task<> become_idle() {
    for (int i = 0; i < 1000 && counters_.value("network.active-requests") > 0; ++i) {
      co_await loop_.sleep(100ms);
    }
  }

  void check_gauges() {
    for (std::size_t i = 0; i < observe::kMetrics.size(); ++i) {
      if (observe::kMetrics[i].kind != observe::Kind::in_progress) continue;
      CAPTURE(observe::kMetrics[i].key);
      CHECK(counters_.value_at(i) == 0);
    }
    CHECK(transport_.running() == 0);
    CHECK(transport_.most_at_once() <= plan_.options.connections * plan_.addresses);
  }

  Log& log_;
  ModelRandom random_;
  const Plan plan_;
  const std::vector<std::byte> image_;
  reactor::VirtualTime time_;
  EventLoop loop_{&time_};
  http::ScriptedTransport transport_;
  http::Client client_;
  cache::BlockCache cache_;
  observe::Counters counters_;
  Fetcher fetcher_;
  std::shared_ptr<RemoteFile> file_;
  reactor::TaskScope readers_;
  std::size_t asked_ = 0;
  std::size_t answers_ = 0;
  bool ended_ = false;
};

}  // namespace

TEST_CASE("whatever servers and readers do, each read gets the right bytes, or an error in time") {
  run_seeds(1000, [](std::uint64_t seed, Log& log) { Run(seed, log).run(); });
}
