// SPDX-License-Identifier: MIT
#include "image/trace_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/error.h"

using namespace rimfs;
using image::TraceFolder;
using traces::AccessTrace;
namespace files = std::filesystem;

namespace {

class Scratch {
 public:
  Scratch() : path_(files::temp_directory_path() / ("rimfs-traces-" + std::to_string(::getpid()))) {
    files::remove_all(path_);
  }
  ~Scratch() { files::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path() const { return path_.string(); }
  std::vector<files::path> content() const {
    std::vector<files::path> found;
    for (const auto& entry : files::directory_iterator(path_)) found.push_back(entry.path());
    return found;
  }

 private:
  const files::path path_;
};

AccessTrace trace_of(std::uint64_t ranges) {
  AccessTrace trace;
  for (std::uint64_t i = 0; i < ranges; ++i) trace.ranges.push_back(range_of(Offset{i << 20}, 64_KiB));
  return trace;
}

}  // namespace

TEST_CASE("a trace is available to the next mount, and to its owner only") {
  Log log = Log::silent();
  const Scratch scratch;
  TraceFolder folder(scratch.path(), log);
  CHECK_FALSE(folder.load("a"));
  CHECK_FALSE(folder.save("a", trace_of(5), true));
  CHECK(folder.load("a") == trace_of(5));
  CHECK_FALSE(folder.load("b"));
  struct stat found {};
  REQUIRE(::stat(scratch.path().c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0700);
  REQUIRE(scratch.content().size() == 1);
  REQUIRE(::stat(scratch.content().front().c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("the trace of a mount that needed little is ignored, counted once a mount, three times in a row") {
  Log log = Log::silent();
  const Scratch scratch;
  TraceFolder folder(scratch.path(), log);
  folder.save("a", trace_of(40), true);
  for (unsigned mount = 1; mount <= 3; ++mount) {
    CHECK(folder.save("a", trace_of(3), true));
    folder.save("a", trace_of(4), false);
    REQUIRE(folder.load("a"));
    CHECK(folder.load("a")->passed_over == mount);
    CHECK(folder.load("a")->ranges == trace_of(40).ranges);
  }
  CHECK_FALSE(folder.save("a", trace_of(3), true));
  CHECK(folder.load("a") == trace_of(3));
}

TEST_CASE("a damaged trace counts as missing, and the next one replaces it") {
  Log log = Log::silent();
  const Scratch scratch;
  TraceFolder folder(scratch.path(), log);
  folder.save("a", trace_of(40), true);
  const files::path file = scratch.content().front();
  for (const char* content : {"", "rubbish", "rimfs access trace 1\n"}) {
    std::ofstream(file) << content;
    CHECK_FALSE(folder.load("a"));
  }
  files::resize_file(file, 10 << 20);
  CHECK_FALSE(folder.load("a"));
  folder.save("a", trace_of(2), true);
  CHECK(folder.load("a") == trace_of(2));
}

TEST_CASE("a folder that others may write to is refused") {
  Log log = Log::silent();
  const Scratch scratch;
  files::create_directory(scratch.path());
  REQUIRE(::chmod(scratch.path().c_str(), 0777) == 0);
  CHECK_THROWS_AS(TraceFolder(scratch.path(), log), Error);
}

TEST_CASE("a folder that is removed ends the writing and nothing else") {
  Log log = Log::silent();
  const Scratch scratch;
  TraceFolder folder(scratch.path(), log);
  files::remove_all(scratch.path());
  folder.save("a", trace_of(5), true);
  folder.save("a", trace_of(6), true);
  CHECK_FALSE(folder.load("a"));
}

TEST_CASE("the oldest traces and unfinished files are removed") {
  Log log = Log::silent();
  const Scratch scratch;
  TraceFolder(scratch.path(), log).save("old", trace_of(5), true);
  const auto before = files::file_time_type::clock::now() - std::chrono::hours(2);
  files::last_write_time(scratch.content().front(), before);
  for (unsigned i = 0; i < 1000; ++i) std::ofstream(scratch.path() + "/" + std::to_string(i)) << "x";
  for (const char* name : {"/x.new-1-1", "/x.new-1-2"}) std::ofstream(scratch.path() + name) << "x";
  files::last_write_time(scratch.path() + "/x.new-1-1", before);
  TraceFolder folder(scratch.path(), log);
  CHECK(folder.load("old"));
  folder.save("new", trace_of(5), true);
  CHECK_FALSE(folder.load("old"));
  CHECK(folder.load("new"));
  CHECK_FALSE(files::exists(scratch.path() + "/x.new-1-1"));
  CHECK(files::exists(scratch.path() + "/x.new-1-2"));  // somebody may be writing it
}

TEST_CASE("many writers at the same time leave one whole trace") {
  Log log = Log::silent();
  const Scratch scratch;
  TraceFolder one(scratch.path(), log), other(scratch.path(), log);
  {
    std::vector<std::jthread> writers;
    for (TraceFolder* folder : {&one, &other, &one, &other}) {
      writers.emplace_back([folder] {
        for (unsigned i = 0; i < 20; ++i) folder->save("a", trace_of(100 + i), true);
      });
    }
  }
  REQUIRE(one.load("a"));
  CHECK(one.load("a")->ranges.size() >= 100);
  CHECK(scratch.content().size() == 1);
}
