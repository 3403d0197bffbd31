// SPDX-License-Identifier: MIT
#include "reactor/task.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "drive.h"

namespace rimfs::reactor {
namespace {

using namespace std::chrono_literals;

Task<int> answer(int value) { co_return value; }

Task<> count(int& begun) {
  ++begun;
  co_return;
}

Task<std::unique_ptr<int>> boxed(EventLoop& loop, int value) {
  co_await loop.sleep(0ms);
  co_return std::make_unique<int>(value);
}

Task<int> failing(EventLoop& loop, bool park) {
  if (park) {
    co_await loop.sleep(0ms);
  }
  throw std::runtime_error("broken");
}

Task<std::optional<std::string>> maybe(bool there) {
  if (!there) co_return std::nullopt;
  co_return "there";
}

Task<> sum_immediate(int rounds, long& sum) {
  for (int i = 0; i < rounds; ++i) {
    const int value = co_await answer(1);
    sum += value;
  }
}

Task<> sum_parked(EventLoop& loop, int rounds, long& sum) {
  for (int i = 0; i < rounds; ++i) {
    std::unique_ptr<int> value = co_await boxed(loop, 1);
    sum += *value;
  }
}

Task<> nested(EventLoop& loop, int depth, int& reached) {
  if (depth == 0) {
    co_await loop.sleep(0ms);
  } else {
    co_await nested(loop, depth - 1, reached);
  }
  ++reached;
}

Task<> catch_failure(EventLoop& loop, bool park, std::string& caught) {
  try {
    const int value = co_await failing(loop, park);
    caught = std::to_string(value);
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
}

Task<> take_options(std::optional<std::string>& first, std::optional<std::string>& second) {
  first = co_await maybe(true);
  second = co_await maybe(false);
}

TEST_CASE("a task begins when it is awaited, not before") {
  int begun = 0;
  {
    const Task<> never = count(begun);
    CHECK(begun == 0);
  }
  CHECK(begun == 0);
  TaskScope scope;
  scope.spawn(count(begun));
  CHECK(begun == 1);
}

TEST_CASE("a moved task moves its coroutine") {
  int begun = 0;
  Task<> first = count(begun);
  Task<> second = std::move(first);
  first = count(begun);
  first = std::move(second);
  TaskScope scope;
  scope.spawn(std::move(first));
  CHECK(begun == 1);
}

TEST_CASE("a million immediate completions need no stack") {
  long sum = 0;
  TaskScope scope;
  scope.spawn(sum_immediate(1'000'000, sum));
  CHECK(scope.empty());
  CHECK(sum == 1'000'000);
}

TEST_CASE("many parked completions need no stack") {
  EventLoop loop;
  long sum = 0;
  drive(loop, sum_parked(loop, 20'000, sum));
  CHECK(sum == 20'000);
}

TEST_CASE("the end of a parked child resumes all parents, innermost first") {
  EventLoop loop;
  int reached = 0;
  drive(loop, nested(loop, 100, reached));
  CHECK(reached == 101);
}

TEST_CASE("the await rethrows an exception, parked or not") {
  EventLoop loop;
  for (const bool park : {false, true}) {
    std::string caught;
    drive(loop, catch_failure(loop, park, caught));
    CHECK(caught == "broken");
  }
}

TEST_CASE("a value that converts to the result may be returned") {
  std::optional<std::string> first, second = "old";
  TaskScope scope;
  scope.spawn(take_options(first, second));
  CHECK(first == "there");
  CHECK(!second);
}

}  // namespace
}  // namespace rimfs::reactor
