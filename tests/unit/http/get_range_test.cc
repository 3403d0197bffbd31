// SPDX-License-Identifier: MIT
// Ranges as servers answer them that misunderstand If-Range or send more than was requested.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

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
constexpr ByteRange kRange{Offset{0}, Offset{65536}};
const std::string kDate = "Mon, 01 Jan 2024 00:00:00 GMT";

const std::vector<std::byte>& content() {
  static const std::vector<std::byte> kContent(kSize.value);
  return kContent;
}

/// A server, a client and a file that it knows.
struct Scene {
  Scene(ScriptedTransport::Server server, const Identity& known) : transport(loop, std::move(server)) {
    Address address("https://server/file", std::make_shared<const ServerAccess>());
    Host& host = client.host_of(address);
    std::vector<Address> addresses;
    addresses.push_back(std::move(address));
    resource = std::make_unique<Resource>(std::move(addresses), known, host);
  }

  Task<> request(unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      DiscardedBody body;
      Progress progress;
      Slot slot;
      outcome = co_await client.get_range(*resource, kRange, body, progress, false, slot);
      took = loop.now() - begun;
    }
    client.cancel_all();
    loop.wake_sleepers();
    co_await client.close();
    co_await transport.closed();
  }
  void run(unsigned times = 1) { reactor::drive(loop, request(times)); }

  reactor::VirtualTime time;
  EventLoop loop{&time};
  ScriptedTransport transport;
  Options options;
  Log log = Log::silent();
  Client client{loop, transport, options, log, Jitter(1)};
  std::unique_ptr<Resource> resource;
  Outcome outcome;
  EventLoop::Clock::time_point begun = loop.now();
  EventLoop::Clock::duration took{};
};

bool has_if_range(const Exchange& exchange) {
  const auto& headers = exchange.request().headers;
  return std::any_of(headers.begin(), headers.end(), [](const auto& one) { return one.starts_with("If-Range:"); });
}

TEST_CASE("a server that refuses If-Range gets it once in many requests, and always again once it serves it") {
  unsigned refusing = 0;
  unsigned carried = 0;
  Scene scene(
      [&](const Exchange& exchange) {
        carried += has_if_range(exchange) ? 1 : 0;
        if (has_if_range(exchange) && refusing > 0) return --refusing, ScriptedReply::failure(412);
        return ScriptedReply::range_of(content(), kRange, "\"v1\"");
      },
      Identity{kSize, "\"v1\"", ""});
  SUBCASE("one refusal") {
    refusing = 1;
    scene.run(IfRangeSupport::kRequestsPerTrial + 10);
    CHECK(carried == 1 + 10);
  }
  SUBCASE("refusals without end") {
    refusing = 1000;
    scene.run(IfRangeSupport::kRequestsPerTrial + 10);
    CHECK(carried == 2);
  }
  CHECK_FALSE(scene.outcome.failure);
}

TEST_CASE("the rest of a body that is longer than the range is not read, whether or not its head is new") {
  Identity known{kSize, "", kDate};
  SUBCASE("nothing new") { known.etag = "\"v1\""; }
  SUBCASE("a new tag") {}
  Scene scene(
      [](const Exchange&) {
        ScriptedReply reply = ScriptedReply::range_of(content(), {Offset{0}, Offset{kSize.value}}, "\"v1\"");
        reply.headers.push_back("Last-Modified: " + kDate);
        reply.pause = 1s;
        return reply;
      },
      known);
  scene.run();
  CHECK_FALSE(scene.outcome.failure);
  CHECK(scene.outcome.body == kRange.size());
  CHECK(scene.took < 10s);
  CHECK(scene.resource->identity()->etag == "\"v1\"");
}

}  // namespace
}  // namespace rimfs::http
