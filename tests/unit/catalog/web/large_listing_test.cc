// SPDX-License-Identifier: MIT
// A million files in a folder: the work is the pool's, in memory of the order of the result.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "../../reactor/drive.h"
#include "base/error.h"
#include "base/work.h"
#include "catalog/web/web_index.h"
#include "http/body.h"
#include "image/folder.h"
#include "reactor/compute.h"
#include "slowed_down.h"

using namespace rimfs;
using namespace rimfs::catalog;

namespace {

constexpr std::size_t kMillion = kSlowedDown ? 100'000 : 1'000'000;

http::Body html_listing(std::size_t entries) {
  http::Body body;
  for (std::size_t i = 0; i < entries; ++i) {
    body.add(fmt::format("<a href=\"disk-{0:07}.img\">disk-{0:07}.img</a>       03-Feb-2024 04:05       {0}\n", i));
  }
  return body;
}

http::Body json_listing(std::size_t entries) {
  http::Body body("[");
  for (std::size_t i = 0; i < entries; ++i) {
    body.add(fmt::format("{0}{{\"name\":\"disk-{1:07}.img\",\"type\":\"file\",\"size\":{1}}}", i == 0 ? "" : ",", i));
  }
  body.add("]");
  return body;
}

/// Of this process, from /proc/self/status, in bytes.
std::size_t memory(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == field + ":" && status >> kibibytes) return kibibytes << 10;
  }
  return 0;
}

/// Runs `work`; returns how much more memory than before the process had at its peak.
template <typename Work>
std::size_t peak_of(const Work& work) {
  std::ofstream("/proc/self/clear_refs") << "5";  // forgets the peak so far
  const std::size_t before = memory("VmRSS");
  work();
  const std::size_t peak = memory("VmHWM");
  return peak > before ? peak - before : 0;
}

reactor::Task<> take_in(reactor::Offload& pool, http::Body& body, const std::string& type, image::Folder& folder) {
  std::function<Entries()> read = [&] { return read_index(http::Body::consume(body), type, "http://host/images/"); };
  Entries entries = co_await reactor::compute(pool, std::move(read));
  reactor::Offload::Work learn = [&] { folder.learn(std::move(entries)); };
  auto learnt = pool.run(std::move(learn));
  co_await learnt;
}

}  // namespace

TEST_CASE("a listing of a million entries costs the event loop no work, in HTML and in JSON") {
  for (const std::string type : {"text/html", "application/json"}) {
    CAPTURE(type);
    reactor::EventLoop loop;
    image::Folder folder(Entry{"", true, "", {}, {}}, nullptr, nullptr);
    http::Body body = type == "text/html" ? html_listing(kMillion) : json_listing(kMillion);
    {
      reactor::Offload pool(loop, 1);
      reactor::drive(loop, take_in(pool, body, type, folder));
    }
    REQUIRE(folder.listing());
    CHECK(folder.listing()->size() == kMillion);
    CHECK(folder.listing()->back().size == ByteCount{kMillion - 1});
    CHECK(loop.steps().most_items() == 0);
  }
}

TEST_CASE("work that the event loop does itself is seen") {
  reactor::EventLoop loop;
  loop.post([] { count_work(12'345); });
  loop.stop();
  loop.run();
  CHECK(loop.steps().most_items() == 12'345);
}

TEST_CASE("reading a document takes memory in proportion to its result, not to its size") {
  if (kSlowedDown) return;  // a sanitizer's memory is its own
  const auto read = [](std::string_view text, const std::string& type) {
    try {
      read_index(one_piece(text), type, "http://host/images/");
    } catch (const Error&) {
    }
  };
  constexpr std::size_t kSize = 16 << 20;
  const auto filled = [](const std::string& with) {
    std::string text;
    text.reserve(kSize + with.size());
    while (text.size() < kSize) text += with;
    return text;
  };
  struct Row {
    std::string title;
    std::string text;
    const char* type;
  };
  const Row rows[] = {
      {"JSON without entries", "[" + filled("{\"a\":1},") + "0]", "application/json"},
      {"JSON without values", "[" + filled("{},") + "0]", "application/json"},
      {"JSON of blanks", filled(" "), "application/json"},
      {"JSON with long values", "[" + filled("{\"x\":\"" + std::string(60'000, 'y') + "\"},") + "0]",
       "application/json"},
      {"JSON, nested", filled("["), "application/json"},
      {"JSON, one string", "[\"" + filled("x") + "\"]", "application/json"},
      {"HTML without links", filled("<p x=y>text</p>"), "text/html"},
      {"HTML, nested", filled("<div>"), "text/html"},
      {"HTML, one tag", "<a " + filled("b=c "), "text/html"},
      {"HTML, other sites' links", filled("<a href=//a/b></a>"), "text/html"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(peak_of([&] { read(row.text, row.type); }) < 16 << 20);
  }
  // What is listed is kept: a name and an address for each entry, and the order that makes them unique.
  CHECK(peak_of([&] { read(filled("<a href=abcdefgh></a>"), "text/html"); }) < 1 << 30);
}

TEST_CASE("a listing of more entries than the limit is refused") {
  if (kSlowedDown) return;
  try {
    read_index(http::Body::consume(*std::make_unique<http::Body>(json_listing(10))), "application/json", "http://h/");
  } catch (const Error&) {
    FAIL("ten entries are no reason");
  }
  http::Body body = html_listing(2'000'001);
  try {
    read_index(http::Body::consume(body), "text/html", "http://host/images/");
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(error.message() == "the listing has more than 2000000 entries");
  }
}
