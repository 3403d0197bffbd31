// SPDX-License-Identifier: MIT
#include "reactor/steps.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "base/work.h"
#include "drive.h"

namespace rimfs::reactor {
namespace {

constexpr std::chrono::milliseconds kLong{50};

Task<> sleep_and_work(EventLoop& loop) {
  auto pause = loop.sleep(std::chrono::milliseconds(1));
  co_await pause;
  std::this_thread::sleep_for(kLong);  // the step that is looked for
}

TEST_CASE("the longest step is recorded with the position of its request") {
  SUBCASE("a posted function") {
    EventLoop loop;
    loop.post([] {});
    const int line = __LINE__ + 1;
    loop.post([] { std::this_thread::sleep_for(kLong); });
    loop.stop();
    loop.run();
    CHECK(loop.steps().longest().time >= kLong);
    CHECK(loop.steps().longest().caller.line == line);
    CHECK(std::string(loop.steps().longest().caller.file).ends_with("steps_test.cc"));
  }
  SUBCASE("a coroutine") {
    EventLoop loop;
    drive(loop, sleep_and_work(loop));
    CHECK(loop.steps().longest().time >= kLong);
    CHECK(std::string(loop.steps().longest().caller.file).ends_with("steps_test.cc"));
  }
}

TEST_CASE("the items of the largest step are recorded, not their sum") {
  EventLoop loop;
  for (const std::size_t items : {3UL, 7UL, 5UL}) loop.post([items] { count_work(items); });
  loop.stop();
  loop.run();
  CHECK(loop.steps().most_items() == 7);
}

TEST_CASE("positions are shown as paths below src/") {
  CHECK(below_src("../src/image/namespace.cc") == "image/namespace.cc");
  CHECK(below_src("/a/src/b/src/http/client.cc") == "http/client.cc");
  CHECK(below_src("test.cc") == "test.cc");
}

}  // namespace
}  // namespace rimfs::reactor
