// SPDX-License-Identifier: MIT
#include "http/fair_share.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "../reactor/drive.h"
#include "http/host.h"
#include "http/slot.h"

using namespace rimfs;
using namespace rimfs::http;

namespace {

/// Servers that take whatever they may have; none of their requests ever ends by itself.
class Servers {
 public:
  Servers(unsigned total, std::size_t count) : share(total), running(count) {}

  void fill(std::size_t server) {
    while (share.has_free_slot(running[server])) share.begin(running[server]++);
  }
  void end(std::size_t server) { share.end(running[server]--); }

  FairShare share;
  std::vector<unsigned> running;
};

reactor::Task<> note(Slot& slot, Host& host, std::vector<std::string>& log, std::string name) {
  co_await slot.move_to(host);
  log.push_back(std::move(name));
}

reactor::Task<> turn(reactor::EventLoop& loop) { co_await loop.sleep(std::chrono::milliseconds(1)); }

}  // namespace

TEST_CASE("a single server uses the total") {
  Servers servers(16, 1);
  servers.fill(0);
  CHECK(servers.running[0] == 16);
}

TEST_CASE("a server whose requests all hang leaves every other its even part") {
  struct Row {
    unsigned total;
    std::vector<unsigned> expected;  // of each server, which come one after the other
  };
  const Row rows[] = {
      {16, {16, 8}}, {16, {16, 8, 5, 4}}, {4, {4, 2, 1, 1, 1, 1}}, {1, {1, 1, 1}}, {2, {2, 1, 1}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.total);
    Servers servers(row.total, row.expected.size());
    for (std::size_t i = 0; i < row.expected.size(); ++i) servers.fill(i);
    CHECK(servers.running == row.expected);
  }
}

TEST_CASE("a server above its even part starts nothing while the total is exceeded") {
  Servers servers(16, 2);
  servers.fill(0);
  servers.fill(1);
  for (unsigned left = 16; left > 8; --left) {
    servers.fill(0);
    CHECK(servers.running[0] == left);
    servers.end(0);
  }
  servers.fill(0);
  servers.fill(1);
  CHECK(servers.share.running() == 16);
}

TEST_CASE("a server without requests takes no part") {
  Servers servers(16, 2);
  servers.fill(1);
  while (servers.running[1] > 0) servers.end(1);
  servers.fill(0);
  CHECK(servers.running[0] == 16);
}

TEST_CASE("a request that waits for the total continues when another server's ends, and holds no slot meanwhile") {
  reactor::EventLoop loop;
  const auto total = std::make_shared<TotalSlots>(2);
  Host hung(
      "http://127.0.0.1:1", 2, loop, [] {}, total);
  Host other(
      "http://127.0.0.1:2", 2, loop, [] {}, total);
  std::vector<std::string> log;
  Slot first(hung), second(hung), third, fourth;
  reactor::TaskScope scope;
  scope.spawn(note(third, other, log, "its part"));
  CHECK(log == std::vector<std::string>{"its part"});
  CHECK_FALSE(other.has_free_slot());
  scope.spawn(note(fourth, other, log, "more"));
  CHECK(log.size() == 1);
  CHECK(fourth.host() == nullptr);
  first.release();
  reactor::drive(loop, turn(loop));
  CHECK(log.size() == 1);  // two are running still
  second.release();
  reactor::drive(loop, turn(loop));
  CHECK(log.size() == 2);
  CHECK(other.concurrency().running() == 2);
}

TEST_CASE("a request that moves to another server counts only there") {
  reactor::EventLoop loop;
  const auto total = std::make_shared<TotalSlots>(4);
  Host one(
      "http://127.0.0.1:1", 4, loop, [] {}, total);
  Host other(
      "http://127.0.0.1:2", 4, loop, [] {}, total);
  std::vector<std::string> log;
  Slot slot(one);
  reactor::TaskScope scope;
  scope.spawn(note(slot, other, log, "moved"));
  CHECK(one.concurrency().running() == 0);
  CHECK(other.concurrency().running() == 1);
  CHECK(total->share.running() == 1);
}
