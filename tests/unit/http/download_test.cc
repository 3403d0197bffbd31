// SPDX-License-Identifier: MIT
// Files that a server sends only as a whole: one download in order, and ranges read from it.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../cache/disk/rig.h"
#include "../reactor/drive.h"
#include "http/client.h"
#include "reactor/virtual_time.h"
#include "scripted_transport.h"

namespace rimfs::http {
namespace {

using namespace std::chrono_literals;
using reactor::EventLoop;
using reactor::Task;

constexpr ByteCount kSize = 1_MiB;

const std::vector<std::byte>& content() {
  static const std::vector<std::byte> kContent = [] {
    std::vector<std::byte> bytes(kSize.value);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 31 + (i >> 12));
    return bytes;
  }();
  return kContent;
}

/// Keeps a body.
class Kept : public BodySink {
 public:
  void write(std::span<const std::byte> bytes) override { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void hold(std::span<const std::byte>) override {}
  void keep_held() override {}
  void drop_held() override {}
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

ScriptedReply whole(const std::vector<std::byte>& body = content()) {
  ScriptedReply reply;
  reply.status = 200;
  reply.headers = {"Content-Length: " + std::to_string(body.size()), "ETag: \"v1\""};
  reply.body = body;
  reply.pause = 10ms;  // 64 pieces: 0.64 s
  return reply;
}

/// Readers of one file of a server without ranges.
struct Scene {
  explicit Scene(ScriptedTransport::Server server) : transport(loop, std::move(server)) {
    options.retry_deadline = 5s;
    client.keep_downloads_in({Directory::at(folder.path()), pool});
    Address address("https://server/file", std::make_shared<const ServerAccess>());
    Host& host = client.host_of(address);
    std::vector<Address> addresses;
    addresses.push_back(std::move(address));
    Identity identity{kSize, "\"v1\"", ""};
    identity.only_whole = true;
    resource = std::make_unique<Resource>(std::move(addresses), std::move(identity), host);
  }

  struct Reader {
    explicit Reader(ByteRange what) : range(what) {}
    ByteRange range;
    Kept body;
    Progress progress;
    Outcome outcome;
    EventLoop::Clock::duration took{};

    bool is_right() const {
      const auto bytes = std::span(content()).subspan(range.begin.value, range.size().value);
      return !outcome.failure && std::equal(bytes.begin(), bytes.end(), body.bytes().begin(), body.bytes().end());
    }
  };

  Task<> read(Reader& reader) {
    Slot slot;
    reader.outcome = co_await client.get_range(*resource, reader.range, reader.body, reader.progress, false, slot);
    reader.took = loop.now() - begun;
  }
  Task<> read_all(std::vector<Reader*> readers) {
    reactor::TaskScope scope;
    for (Reader* reader : readers) scope.spawn(read(*reader));
    auto joined = scope.joined();
    co_await joined;
    resource.reset();
    client.cancel_all();
    loop.wake_sleepers();
    co_await client.close();
    co_await transport.closed();
  }
  Task<> read_in_turn(std::vector<Reader*> readers, std::function<void(std::size_t)> before) {
    for (std::size_t i = 0; i < readers.size(); ++i) {
      before(i);
      co_await read(*readers[i]);
    }
    co_await read_all({});
  }
  /// Calls `before` before each reader begins.
  void run_in_turn(std::vector<Reader*> readers, std::function<void(std::size_t)> before) {
    reactor::drive(loop, read_in_turn(std::move(readers), std::move(before)));
  }
  void run(std::vector<Reader*> readers) { reactor::drive(loop, read_all(std::move(readers))); }

  reactor::VirtualTime time;
  EventLoop loop{&time};
  cache::disk::test::TemporaryFolder folder;
  reactor::Offload pool{loop, 0};
  ScriptedTransport transport;
  Options options;
  Log log = Log::silent();
  Client client{loop, transport, options, log, Jitter(1)};
  std::unique_ptr<Resource> resource;
  EventLoop::Clock::time_point begun = loop.now();
};

ByteRange range(std::uint64_t begin, std::uint64_t end) { return {Offset{begin}, Offset{end}}; }

TEST_CASE("readers of a file without ranges share one download, and are served as it comes") {
  Scene scene([](const Exchange&) { return whole(); });
  Scene::Reader first(range(0, 65536));
  Scene::Reader middle(range(500'000, 600'000));
  Scene::Reader last(range(kSize.value - 100, kSize.value));
  scene.run({&last, &first, &middle});
  CHECK(first.is_right());
  CHECK(middle.is_right());
  CHECK(last.is_right());
  CHECK(scene.transport.started() == 1);
  CHECK(first.took < 100ms);
  CHECK(middle.took < last.took);
}

TEST_CASE("a download that breaks off begins again, and its first bytes must be the same") {
  static const std::vector<std::byte> kOther = [] {
    std::vector<std::byte> bytes = content();
    bytes[1000] = ~bytes[1000];
    return bytes;
  }();
  unsigned attempts = 0;
  bool same = true;
  SUBCASE("the same") {}
  SUBCASE("others") { same = false; }
  Scene scene([&](const Exchange&) {
    ScriptedReply reply = whole(attempts > 0 && !same ? kOther : content());
    if (attempts++ == 0) reply.breaks_after = 300'000;
    return reply;
  });
  Scene::Reader last(range(kSize.value - 100, kSize.value));
  scene.run({&last});
  CHECK(attempts == 2);
  CHECK(last.is_right() == same);
  if (!same) CHECK(last.outcome.failure->kind == ErrorKind::changed);
}

TEST_CASE("a body that counts only at its end and breaks off leaves nothing behind") {
  unsigned attempts = 0;
  Scene scene([&](const Exchange&) {
    ScriptedReply reply = whole();
    reply.headers = {"Transfer-Encoding: chunked", "ETag: \"v1\""};  // its end alone proves it
    if (attempts++ == 0) reply.breaks_after = 300'000;
    return reply;
  });
  Scene::Reader first(range(0, 65536));
  Scene::Reader last(range(kSize.value - 100, kSize.value));
  scene.run({&first, &last});
  CHECK(attempts == 2);
  CHECK(first.is_right());
  CHECK(last.is_right());
}

TEST_CASE("a download that has stopped keeps what came, and goes on for the next reader") {
  unsigned broken = 1000;
  Scene scene([&](const Exchange&) {
    ScriptedReply reply = whole();
    if (broken > 0) reply.breaks_after = 300'000;
    return reply;
  });
  Scene::Reader late(range(kSize.value - 100, kSize.value));
  Scene::Reader near(range(0, 65536));
  Scene::Reader again(range(kSize.value - 100, kSize.value));
  scene.run_in_turn({&late, &near, &again}, [&](std::size_t which) { broken = which < 2 ? 1000 : 0; });
  CHECK(late.outcome.failure);
  CHECK(near.is_right());
  CHECK(again.is_right());
}

TEST_CASE("bytes that never come end the readers with the reason") {
  Scene scene([&](const Exchange&) {
    ScriptedReply reply = whole();
    reply.breaks_after = 300'000;
    return reply;
  });
  Scene::Reader first(range(0, 65536));
  Scene::Reader last(range(kSize.value - 100, kSize.value));
  scene.run({&first, &last});
  CHECK(first.is_right());
  REQUIRE(last.outcome.failure);
  CHECK(last.outcome.failure->retry);
  CHECK(last.took >= 4s);
  CHECK(last.took < 60s);
}

TEST_CASE("another version is not downloaded") {
  ScriptedReply other = whole();
  other.headers = {"Content-Length: " + std::to_string(kSize.value), "ETag: \"v2\""};
  Scene scene([&](const Exchange&) { return other; });
  Scene::Reader first(range(0, 65536));
  scene.run({&first});
  REQUIRE(first.outcome.failure);
  CHECK(first.outcome.failure->kind == ErrorKind::changed);
}

TEST_CASE("a reader that is given up does not wait for the download") {
  Scene scene([](const Exchange&) { return whole(); });
  Scene::Reader first(range(0, 65536));
  Scene::Reader last(range(kSize.value - 100, kSize.value));
  scene.loop.add_timer(50ms, [&] { scene.client.cancel(last.progress); });
  scene.run({&first, &last});
  CHECK(first.is_right());
  REQUIRE(last.outcome.failure);
  CHECK(last.outcome.failure->kind == ErrorKind::cancelled);
  CHECK(last.took < 200ms);
}

}  // namespace
}  // namespace rimfs::http
