// SPDX-License-Identifier: MIT
// Several copies at once, in virtual time: how long they take compared with what the link needs.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "../http/scripted_transport.h"
#include "../reactor/drive.h"
#include "fetch/fetcher.h"
#include "readahead/readahead.h"
#include "slowed_down.h"

using namespace rimfs;
using namespace std::chrono_literals;
using fetch::Fetcher;
using fetch::RemoteFile;
using reactor::Task;

namespace {

constexpr ByteCount kBlock = 1_MiB;
constexpr std::uint64_t kRate = 10'000'000;  // bytes a second of one connection

/// What one simulation is made of.
struct Plan {
  std::size_t copies;
  ByteCount image = 256_MiB;
  ByteCount memory = 128_MiB;
  unsigned connections = 16;
  std::chrono::milliseconds delay = 150ms;
  unsigned workers = 8;  ///< Reads that one copy has under way at once, as qemu-img convert does.
  ByteCount read = 1_MiB;
};

/// A server whose connections are equally fast, and programs that copy images from it.
class Copies {
 public:
  explicit Copies(const Plan& plan)
      : plan_(plan),
        bytes_(plan.image.value, std::byte{7}),
        transport_(loop_, [this](const http::Exchange& one) { return reply(one); }),
        client_(loop_, transport_, options(plan), log_, http::Jitter(1)),
        cache_(plan.memory, kBlock),
        budget_(plan.memory * 3 / 4),
        fetcher_(loop_, client_, cache_, std::nullopt, budget_.total(), counters_, log_) {}

  /// Seconds of virtual time.
  double run() {
    const auto begun = loop_.now();
    reactor::drive(loop_, all());
    CHECK(good_ * plan_.read.value == plan_.image.value * plan_.copies);
    return std::chrono::duration<double>(ended_ - begun).count();
  }
  /// What the link needs for it, with every connection busy all the time.
  double ideal() const {
    return static_cast<double>(plan_.image.value * plan_.copies) / static_cast<double>(kRate * plan_.connections);
  }
  std::size_t requests() const { return transport_.started(); }
  double fetched() const { return static_cast<double>(sent_) / static_cast<double>(plan_.image.value * plan_.copies); }

 private:
  struct OneRead final : fetch::Read {
    OneRead(reactor::EventLoop& loop, ByteRange range) : Read(range, kBlock), ended(loop) {}
    void finished(const std::optional<Error>& error) override {
      CHECK_FALSE(error);
      answered = true;
      ended.notify_all();
    }
    reactor::Signal ended;
    bool answered = false;
  };
  /// One copy: its file, and how far its readers are.
  struct Copy {
    std::shared_ptr<RemoteFile> file;
    readahead::Readahead readahead;
    Offset next;
    std::uint64_t reads = 0;
  };

  static http::Options options(const Plan& plan) {
    http::Options options;
    options.connections = plan.connections;
    return options;
  }

  http::ScriptedReply reply(const http::Exchange& exchange) {
    const ByteRange range = *exchange.request().range;
    sent_ += range.size().value;
    http::ScriptedReply reply = http::ScriptedReply::range_of(bytes_, range, "\"one\"");
    reply.delay = plan_.delay;
    reply.piece = std::size_t{128} << 10;
    reply.pause = std::chrono::microseconds(reply.piece * 1'000'000 / kRate);
    return reply;
  }

  Task<> all() {
    std::vector<std::unique_ptr<Copy>> copies;
    for (std::size_t i = 0; i < plan_.copies; ++i) copies.push_back(std::make_unique<Copy>(make(i)));
    reactor::TaskScope workers;
    for (const auto& copy : copies) {
      for (unsigned i = 0; i < plan_.workers; ++i) workers.spawn(work(*copy));
    }
    co_await workers.joined();
    ended_ = loop_.now();
    client_.cancel_all();
    loop_.wake_sleepers();
    co_await fetcher_.close();
    co_await client_.close();
    co_await transport_.closed();
  }

  Copy make(std::size_t number) {
    std::vector<http::Address> addresses;
    addresses.emplace_back(fmt::format("http://server/{}", number), std::make_shared<const http::ServerAccess>());
    http::Host& host = client_.host_of(addresses.front());
    auto resource =
        std::make_unique<http::Resource>(std::move(addresses), http::Identity{plan_.image, "\"one\"", ""}, host);
    const auto id = static_cast<std::uint32_t>(number + 1);
    return {std::make_shared<RemoteFile>(id, std::move(resource), range_of({}, plan_.image)),
            readahead::Readahead(plan_.image, {budget_}), Offset{}};
  }

  /// As image::Image::read does it: what is in memory is answered at once.
  Task<> work(Copy& copy) {
    while (copy.next.value < plan_.image.value) {
      const ByteRange range = range_of(copy.next, plan_.read);
      copy.next = range.end;
      const bool here = is_here(*copy.file, range);
      const readahead::Advice advice =
          copy.readahead.observe({range, !here, copy.reads++}, fetcher_.network_path(*copy.file));
      const auto read = std::make_shared<OneRead>(loop_, range);
      if (!here) fetcher_.demand(copy.file, read, {advice.fetch_size, !advice.sequential});
      if (!advice.prefetch.empty()) fetcher_.prefetch(copy.file, advice.prefetch, advice.split);
      while (!here && !read->answered) {
        auto ended = read->ended.wait();
        co_await ended;
      }
      ++good_;
      co_await loop_.sleep(1ms);  // it is written
    }
  }

  bool is_here(const RemoteFile& file, ByteRange range) {
    const BlockIndex index = block_at(range.begin, kBlock);
    const bool counts = range.begin == block_start(index, kBlock);
    const cache::BlockRef block = counts ? cache_.find(file.key_of(index)) : cache_.peek(file.key_of(index));
    const auto needed = chunks_touched(range, index, kBlock, cache_.chunk_size());
    return block && (needed & ~block->present()) == 0;
  }

  const Plan plan_;
  const std::vector<std::byte> bytes_;
  Log log_ = Log::silent();
  reactor::VirtualTime time_;
  reactor::EventLoop loop_{&time_};
  http::ScriptedTransport transport_;
  http::Client client_;
  cache::BlockCache cache_;
  readahead::Budget budget_;
  observe::Counters counters_;
  Fetcher fetcher_;
  reactor::EventLoop::Clock::time_point ended_{};
  std::uint64_t good_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace

TEST_CASE("copies that run at once take little longer than the link needs") {
  struct Row {
    const char* title;
    Plan plan;
  };
  const Row rows[] = {
      {"one copy", {.copies = 1}},
      {"two", {.copies = 2}},
      {"three", {.copies = 3}},
      {"four", {.copies = 4}},
      {"eight", {.copies = 8}},
      {"four that read as an ordinary user's kernel does", {.copies = 4, .read = 128_KiB}},
      {"four that read one thing at a time", {.copies = 4, .workers = 1}},
      {"four over four connections", {.copies = 4, .connections = 4}},
      {"four of a server near by", {.copies = 4, .delay = 10ms}},
  };
  for (const Row& row : rows) {
    if (kThreadSanitizer && row.plan.copies > 2) continue;
    CAPTURE(row.title);
    Copies scene(row.plan);
    const double took = scene.run();
    MESSAGE(took << " s, the link needs " << scene.ideal() << " s; " << scene.requests() << " requests, "
                 << scene.fetched() << " of the bytes");
    CHECK(took <= 1.3 * scene.ideal() + 0.6);
    CHECK(scene.fetched() < 1.02);
  }
}
