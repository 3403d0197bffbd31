// SPDX-License-Identifier: MIT
// The fetcher with scripted servers in virtual time: one case for each fault that the model test or a user has found.
#include "fetch/fetcher.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../http/scripted_transport.h"
#include "../reactor/drive.h"
#include "http/url.h"

using namespace rimfs;
using namespace std::chrono_literals;
using fetch::Fetcher;
using fetch::RemoteFile;
using http::ScriptedReply;
using reactor::EventLoop;
using reactor::Task;

namespace {

constexpr ByteCount kBlock = 64_KiB;

/// One file on some servers, and readers of it.
class Scene {
 public:
  using Answer = std::function<ScriptedReply(const std::string& origin, ByteRange range)>;

  Scene(const http::Options& options, std::size_t blocks, std::vector<std::string> urls, Answer answer)
      : answer_(std::move(answer)),
        transport_(loop, [this](const http::Exchange& one) { return reply(one); }),
        client_(loop, transport_, options, log_, http::Jitter(1)),
        cache_(kBlock * blocks, kBlock),
        fetcher(loop, client_, cache_, std::nullopt, kBlock * blocks / 2, counters_, log_) {
    std::vector<http::Address> addresses;
    addresses.reserve(urls.size());
    for (std::string& url : urls) {
      addresses.emplace_back(std::move(url), std::make_shared<const http::ServerAccess>());
    }
    http::Host& host = client_.host_of(addresses.front());
    http::Identity identity{ByteCount{bytes.size()}, "\"one\"", ""};
    auto resource = std::make_unique<http::Resource>(std::move(addresses), std::move(identity), host);
    file_ = std::make_shared<RemoteFile>(1, std::move(resource), range_of({}, ByteCount{bytes.size()}));
  }

  /// Runs `task`, then ends the fetcher.
  void run(Task<> task) {
    reactor::drive(loop, until_closed(std::move(task)));
    CHECK_MESSAGE(closed_, "a task waits for what never happens");
  }

  /// A read; what it ends with.
  Task<std::optional<Error>> read(ByteRange range) {
    const auto read = std::make_shared<OneRead>(loop, range);
    fetcher.demand(file_, read, {range.size(), false});
    while (!read->answered) {
      auto ended = read->ended.wait();
      co_await ended;
    }
    co_return read->error;
  }

  const std::vector<std::byte> bytes = std::vector<std::byte>(8 << 20, std::byte{7});
  reactor::VirtualTime time;
  EventLoop loop{&time};

 private:
  struct OneRead final : fetch::Read {
    OneRead(EventLoop& loop, ByteRange range) : Read(range, kBlock), ended(loop) {}
    void finished(const std::optional<Error>& why) override {
      answered = true;
      error = why;
      ended.notify_all();
    }
    reactor::Signal ended;
    bool answered = false;
    std::optional<Error> error;
  };

  ScriptedReply reply(const http::Exchange& exchange) {
    return answer_(http::origin_of(exchange.url()), *exchange.request().range);
  }

  Task<> until_closed(Task<> task) {
    Task<> inner = std::move(task);
    co_await std::move(inner);
    client_.cancel_all();
    loop.wake_sleepers();
    co_await fetcher.close();
    co_await client_.close();
    co_await transport_.closed();
    closed_ = true;
  }

  const Answer answer_;
  Log log_ = Log::silent();
  observe::Counters counters_;
  http::ScriptedTransport transport_;
  http::Client client_;
  cache::BlockCache cache_;
  std::shared_ptr<RemoteFile> file_;
  bool closed_ = false;

 public:
  Fetcher fetcher;
};

/// One connection to each server.
http::Options options_of(unsigned connections, std::chrono::milliseconds deadline) {
  http::Options options;
  options.connections = connections;
  options.connections_per_host = 1;
  options.retry_deadline = deadline;
  return options;
}

ByteRange page(std::uint64_t block) { return range_of(block_start({block}, kBlock), 4_KiB); }

Task<> count_read(Scene& scene, ByteRange range, unsigned& good) {
  const std::optional<Error> error = co_await scene.read(range);
  if (!error) ++good;
}

Task<> read_all(Scene& scene, std::uint64_t count, unsigned& good) {
  reactor::TaskScope reads;
  for (std::uint64_t block = 0; block < count; ++block) reads.spawn(count_read(scene, page(block * 2), good));
  co_await reads.joined();
}

}  // namespace

TEST_CASE("a read that waited in the queue for longer than the deadline still has time for its own request") {
  Scene* here = nullptr;
  Scene scene(options_of(1, 2s), 100, {"http://server/disk.img"}, [&here](const std::string&, ByteRange range) {
    ScriptedReply reply = ScriptedReply::range_of(here->bytes, range, "\"one\"");
    reply.delay = 900ms;
    return reply;
  });
  here = &scene;
  unsigned good = 0;
  scene.run(read_all(scene, 8, good));
  CHECK(good == 8);
}

namespace {

/// Reads until the first server is known, lets it fail once, and comes back when it is asked again.
Task<> stall_where_another_server_has_the_slot(Scene& scene, std::string& mode, std::optional<Error>& last,
                                               unsigned& good) {
  for (std::uint64_t block = 0; block < 100; ++block) {
    const std::optional<Error> error = co_await scene.read(range_of(block_start({block}, kBlock), kBlock));
    if (!error) ++good;
  }
  mode = "fails";
  co_await count_read(scene, page(100), good);
  mode = "hangs";
  co_await scene.loop.sleep(61s);
  co_await count_read(scene, page(102), good);
  mode = "works";
  co_await scene.loop.sleep(200s);
  last = co_await scene.read(page(104));
}

}  // namespace

TEST_CASE("a second request does not wait forever for the slot that the first one holds") {
  Scene* here = nullptr;
  std::string mode = "works";
  Scene scene(options_of(2, 10s), 100, {"http://first/disk.img", "http://second/disk.img"},
              [&](const std::string& origin, ByteRange range) {
                ScriptedReply reply = ScriptedReply::range_of(here->bytes, range, "\"one\"");
                reply.delay = 5ms;
                if (origin != "http://first:80" || mode == "works") return reply;
                if (mode == "fails") return ScriptedReply::failure(500);
                reply.hangs = true;
                return reply;
              });
  here = &scene;
  unsigned good = 0;
  std::optional<Error> last;
  scene.run(stall_where_another_server_has_the_slot(scene, mode, last, good));
  CHECK(good >= 101);
  CHECK_FALSE(last);
}
