// SPDX-License-Identifier: MIT
// The safe forms of what g++ 12.2 miscompiles (conventions 13 to 15). The unsafe forms are not run here: they hang or
// corrupt memory. The fourth case, a million immediate completions, is in task_test.cc.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

#include "drive.h"

namespace rimfs::reactor {
namespace {

/// Counts its living copies.
class Counted {
 public:
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(const Counted& other) : alive_(other.alive_) { ++*alive_; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

struct Aggregate {
  std::string url;
  Counted counted;
};

/// Owns something and has a constructor: safe as a temporary too.
class Owning {
 public:
  Owning(std::string url, int& alive) : url_(std::move(url)), counted_(alive) {}
  const std::string& url() const { return url_; }

 private:
  std::string url_;
  Counted counted_;
};

constexpr const char* kLong = "https://example.org/longer/than/the/short/string/buffer";

Task<bool> truth(EventLoop& loop, bool park) {
  if (park) {
    co_await loop.sleep(std::chrono::milliseconds(0));
  }
  co_return true;
}

Task<std::size_t> take_aggregate(Aggregate value) { co_return value.url.size(); }
Task<std::size_t> take_owning(Owning value) { co_return value.url().size(); }
Task<std::size_t> call(std::function<std::size_t()> f) { co_return f(); }

Task<> branch(EventLoop& loop, bool park, int& steps) {
  const bool yes = co_await truth(loop, park);
  if (yes) ++steps;
  const bool again = co_await truth(loop, park);
  switch (static_cast<int>(again)) {
    case 1:
      ++steps;
      break;
    default:
      break;
  }
  ++steps;
}

Task<> pass_aggregate(int& alive, std::size_t& size) {
  Aggregate value{kLong, Counted(alive)};
  size = co_await take_aggregate(std::move(value));
}

Task<> pass_owning(int& alive, std::size_t& size) { size = co_await take_owning(Owning(kLong, alive)); }

Task<> pass_lambda(int& alive, std::size_t& size) {
  auto shared = std::make_shared<Counted>(alive);
  const std::string text = kLong;
  std::function<std::size_t()> f = [shared, text] { return text.size(); };
  shared.reset();
  size = co_await call(std::move(f));
}

TEST_CASE("a result awaited into a variable can be branched on") {
  EventLoop loop;
  for (const bool park : {false, true}) {
    int steps = 0;
    drive(loop, branch(loop, park, steps));
    CHECK(steps == 3);
  }
}

TEST_CASE("named aggregates, owning classes and named functions passed to a coroutine are destroyed once") {
  const std::size_t expected = std::string(kLong).size();
  for (auto* pass : {&pass_aggregate, &pass_owning, &pass_lambda}) {
    int alive = 0;
    std::size_t size = 0;
    {
      TaskScope scope;
      scope.spawn(pass(alive, size));
    }
    CHECK(size == expected);
    CHECK(alive == 0);
  }
}

}  // namespace
}  // namespace rimfs::reactor
