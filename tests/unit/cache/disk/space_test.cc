// SPDX-License-Identifier: MIT
#include "cache/disk/space.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>
#include <vector>

#include "cache/disk/rig.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

TEST_CASE("eight threads, each with a view of its own, never reserve more than the limit") {
  const TemporaryFolder folder;
  constexpr std::uint64_t kLimit = 1000;
  std::atomic<std::uint64_t> reserved = 0;
  std::atomic<std::uint64_t> over = 0;
  const auto nothing = [] { return ByteCount{}; };
  Space first(folder.directory(), ByteCount{kLimit}, nothing);
  const auto work = [&](std::uint64_t seed) {
    Space space(folder.directory(), ByteCount{kLimit}, nothing);
    const Space::Change change(space);  // what it reserves is not there: nobody may count
    std::mt19937_64 random(seed);
    std::uint64_t mine = 0;
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t bytes = random() % 300;
      if (space.reserve(ByteCount{bytes})) {
        mine += bytes;
        if (reserved += bytes; reserved > kLimit) ++over;
      }
      if (random() % 2 == 0) {
        reserved -= mine;
        space.give_back(ByteCount{mine});
        mine = 0;
      }
    }
    reserved -= mine;
    space.give_back(ByteCount{mine});
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 8; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  CHECK(over == 0);
  CHECK(first.used() == ByteCount{});
}

TEST_CASE("opening counts the used space, unless another process is in the middle of a change") {
  const TemporaryFolder folder;
  Space first(folder.directory(), 1_MiB, [] { return 100_KiB; });
  CHECK(first.used() == 100_KiB);
  {
    const Space::Change change(first);
    CHECK(first.reserve(50_KiB));
    Space second(folder.directory(), 1_MiB, [] { return ByteCount{7}; });
    CHECK(second.used() == 150_KiB);
    CHECK_FALSE(second.recount());
    CHECK_FALSE(first.recount());
    second.give_back(20_KiB);
    CHECK(first.used() == 130_KiB);
  }
  Space third(folder.directory(), 1_MiB, [] { return ByteCount{7}; });
  CHECK(third.used() == ByteCount{7});
  CHECK(first.used() == ByteCount{7});
  CHECK(first.last_used() == ByteCount{7});
}

TEST_CASE("reservations of killed processes are released while another process lives") {
  const TemporaryFolder folder;
  Space living(folder.directory(), 1_GiB, [] { return 8_MiB; });
  for (int kill = 0; kill < 48; ++kill) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      Space killed(folder.directory(), 1_GiB, [] { return 8_MiB; });
      const Space::Change change(killed);
      killed.reserve(1_MiB);
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(living.used() <= 9_MiB);
  }
  CHECK(living.recount());
  CHECK(living.used() == 8_MiB);
}

TEST_CASE("truncation or removal of the file loses only the number") {
  const TemporaryFolder folder;
  Space space(folder.directory(), 1_GiB, [] { return 3_MiB; });
  CHECK(space.reserve(1_MiB));
  CHECK(space.used() == 4_MiB);
  file_at(folder / "space").truncate(ByteCount{0});
  CHECK(space.used() == 3_MiB);
  CHECK(space.reserve(1_MiB));
  CHECK(space.used() == 4_MiB);
  space.check();
  std::filesystem::remove(folder / "space");
  CHECK_THROWS_AS(space.check(), Error);
}

TEST_CASE("a number that somebody changes is counted anew, not believed") {
  for (std::uint64_t at = 0; at < 16; ++at) {
    CAPTURE(at);
    const TemporaryFolder folder;
    Space space(folder.directory(), 1_GiB, [] { return 3_MiB; });
    CHECK(space.reserve(1_MiB));
    const std::byte changed[] = {std::byte{0x5a}};
    file_at(folder / "space").write(changed, Offset{at});
    CHECK(space.used() == 3_MiB);
    CHECK(space.reserve(2_MiB));
    CHECK(space.used() == 5_MiB);
  }
}

TEST_CASE("the ceiling can be reached and not exceeded; excess releases are ignored") {
  const TemporaryFolder folder;
  Space space(folder.directory(), ByteCount{100}, [] { return ByteCount{}; });
  CHECK_FALSE(space.reserve(ByteCount{100}));
  CHECK(space.reserve(ByteCount{99}));
  CHECK_FALSE(space.reserve(ByteCount{1}));
  CHECK(space.reserve(ByteCount{0}));
  space.give_back(ByteCount{500});
  CHECK(space.used() == ByteCount{});
}

}  // namespace
}  // namespace rimfs::cache::disk
