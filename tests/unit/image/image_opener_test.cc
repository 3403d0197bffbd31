// SPDX-License-Identifier: MIT
// The opening of images against a plain record of what the server sent when: random opens of files that change, faults,
// delays, and an end at any moment, in virtual time.
#include "image/image_opener.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../http/scripted_transport.h"
#include "../model_run.h"
#include "../reactor/drive.h"
#include "http/url.h"

namespace rimfs::image {
namespace {

using namespace std::chrono_literals;
using http::ScriptedReply;
using reactor::EventLoop;
using reactor::Task;
using Time = EventLoop::Clock::time_point;

constexpr ByteCount kBlock = 64_KiB;
const std::vector<std::byte> kBytes(1 << 16);

/// What a file is at one time. In one run no two versions of a file are alike.
struct Version {
  std::uint64_t size = 1;
  std::string etag;  ///< Empty: the server sends none.
  std::int64_t modified = 0;

  bool operator==(const Version&) const = default;
};

/// A folder of files, listed and probed.
class Files final : public catalog::Tree {
 public:
  explicit Files(http::Client& client) : client_(client) {}

  catalog::Entry root() const override { return {"", true, "http://server/", {}, {}}; }
  Task<catalog::Entries> list(catalog::Entry) override { co_return catalog::Entries(); }
  catalog::Found listed(const catalog::Entry& file) const override {
    if (forgets) throw Error(ErrorKind::missing, file.name + ": it is gone");
    http::Identity identity;
    identity.size = file.size.value_or(ByteCount{});
    identity.listed_time = file.modified;
    return {address_of(file), std::move(identity)};
  }
  Task<catalog::Found> find(catalog::Entry file) override {
    http::Address address = address_of(file);
    http::Identity identity = co_await client_.probe(address);
    identity.listed_time = file.modified;
    co_return catalog::Found(std::move(address), std::move(identity));
  }
  std::string origin() const override { return "http://server:80"; }

  bool forgets = false;  // what it has listed

 private:
  static http::Address address_of(const catalog::Entry& file) {
    return {file.key, std::make_shared<const http::ServerAccess>()};
  }

  http::Client& client_;
};

http::Options options_of(std::chrono::milliseconds deadline) {
  http::Options options;
  options.retry_deadline = deadline;
  options.stall_timeout = 1s;
  return options;
}

/// An opener with all that it needs, and a scripted server.
class Scene {
 public:
  Scene(Log& log, Freshness freshness, std::uint32_t seed, http::ScriptedTransport::Server server)
      : log_(log),
        transport(loop, std::move(server)),
        client(loop, transport, options_of(4s), log_, http::Jitter(seed)),
        opener({loop, client, pool_, cache_, fetcher_, nullptr, budget_, tables_, traces_, files_, log_}, freshness),
        tree(std::make_shared<Files>(client)),
        folder(std::make_shared<Folder>(tree->root(), tree, nullptr)) {}

  Task<> close() {
    client.cancel_all();
    loop.wake_sleepers();
    co_await fetcher_.close();
    co_await tables_.close();
    co_await traces_.close();
    co_await client.close();
    co_await transport.closed();
  }

 private:
  Log& log_;
  reactor::VirtualTime time_;

 public:
  EventLoop loop{&time_};
  http::ScriptedTransport transport;
  http::Client client;

 private:
  reactor::Offload pool_{loop, 0};
  cache::BlockCache cache_{kBlock * 16, kBlock};
  observe::Counters counters_;
  fetch::Fetcher fetcher_{loop, client, cache_, std::nullopt, kBlock * 8, counters_, log_};
  readahead::Budget budget_{kBlock * 8};
  TablePrefetch tables_{loop, pool_, fetcher_, cache_, {}, log_};
  RemoteFiles files_{loop, client, cache_, pool_};
  AccessTraces traces_{loop, fetcher_, cache_, nullptr, pool_, {}, counters_, log_};

 public:
  ImageOpener opener;
  std::shared_ptr<Files> tree;
  std::shared_ptr<Folder> folder;
};

/// One run, from a seed.
class Run {
 public:
  Run(std::uint64_t seed, Log& log)
      : random_(seed),
        faults_(random_.chance(40) ? 0 : static_cast<unsigned>(random_.upto(50))),
        tags_(random_.chance(70)),
        freshness_{random_.chance(30) ? 0ms : random_.time(5s), 1s, random_.chance(50)},
        scene_(log, freshness_, static_cast<std::uint32_t>(seed),
               [this](const http::Exchange& one) { return reply(one); }) {
    for (char name = 'a'; name <= 'c'; ++name) files_[std::string(1, name)].now = new_version();
  }

  void run() {
    reactor::drive(scene_.loop, all());
    REQUIRE_MESSAGE(ended_, "a task waits for what never happens");
  }

 private:
  struct Sent {
    Time at;
    Version version;
  };
  struct File {
    Version now;
    std::vector<Sent> sent{};  // by replies
  };

  Task<> all() {
    const std::size_t readers = 1 + random_.upto(4);
    for (std::size_t i = 0; i < readers; ++i) running_.spawn(reader(5 + random_.upto(15)));
    if (random_.chance(30)) {
      co_await scene_.loop.sleep(random_.time(20s));
      scene_.client.cancel_all();
      scene_.loop.wake_sleepers();
    }
    co_await running_.joined();
    CHECK(scene_.transport.running() == 0);
    co_await scene_.close();
    ended_ = true;
  }

  Version new_version() {
    ++versions_;
    const std::uint64_t size = tags_ ? 1 + random_.upto(3) : versions_;
    return {size, tags_ ? fmt::format("\"{}\"", versions_) : "", static_cast<std::int64_t>(versions_)};
  }

  ScriptedReply reply(const http::Exchange& exchange) {
    const std::string& url = exchange.url();
    File& file = files_.at(url.substr(url.rfind('/') + 1));
    const auto whole = std::span(kBytes).first(file.now.size);
    ScriptedReply reply = ScriptedReply::range_of(whole, {Offset{0}, Offset{1}}, file.now.etag);
    reply.delay = random_.time(300ms);
    if (!random_.chance(faults_)) {
      file.sent.push_back({scene_.loop.now(), file.now});
      return reply;
    }
    switch (random_.upto(4)) {
      case 0:
        reply.refuses_connection = true;
        break;
      case 1:
        reply.hangs = true;
        break;
      case 2:
        return ScriptedReply::failure(503);
      case 3:
        return ScriptedReply::failure(404);
      default:
        return ScriptedReply::failure(403);
    }
    return reply;
  }

  /// What the folder lists of the file now.
  catalog::Entry entry_of(const std::string& name) {
    const Version& version = files_.at(name).now;
    catalog::Entry entry{name, false, "http://server/" + name, {}, {}};
    if (random_.chance(50)) entry.size = ByteCount{version.size};
    if (!tags_ || random_.chance(50)) entry.modified = version.modified;
    return entry;
  }

  Task<> reader(std::size_t opens) {
    catalog::Entry entry = entry_of("a");
    for (std::size_t i = 0; i < opens; ++i) {
      co_await scene_.loop.sleep(random_.time(2s));
      const std::string name(1, static_cast<char>('a' + random_.upto(2)));
      if (random_.chance(20)) files_.at(name).now = new_version();
      if (random_.chance(70) || entry.name != name) entry = entry_of(name);
      const std::shared_ptr<Image> image = co_await find(entry);
      if (image) {
        co_await open(image, entry);
      }
      if (random_.chance(20)) held_.clear();
    }
  }

  /// A lookup returns an image that is good, or an error that the server caused.
  Task<std::shared_ptr<Image>> find(catalog::Entry entry) {
    std::shared_ptr<Image> image;
    std::optional<Error> failure;
    try {
      image = co_await scene_.opener.find(scene_.folder, entry);
    } catch (const Error& error) {
      failure = error;
    }
    if (failure) {
      check_failure(*failure);
      co_return nullptr;
    }
    REQUIRE(image);
    CHECK(image->name() == entry.name);
    CHECK(image->folder() == scene_.folder);
    CHECK(image->size().value > 0);
    co_return image;
  }

  /// As an open does it: an image whose last check is old is checked again.
  Task<> open(std::shared_ptr<Image> image, catalog::Entry entry) {
    const Time asked = scene_.loop.now();
    held_.push_back(image);
    if (scene_.opener.is_fresh(*image)) {
      CHECK_FALSE(image->stale());
      if (image->checked()) CHECK(was_sent(*image, asked - freshness_.image - 500ms));
      co_return;
    }
    std::shared_ptr<Image> current;
    std::optional<Error> failure;
    try {
      current = co_await scene_.opener.check(scene_.folder, entry);
    } catch (const Error& error) {
      failure = error;
    }
    if (failure) co_return check_failure(*failure);
    REQUIRE(current);
    held_.push_back(current);
    CHECK(current->name() == entry.name);
    if (current->checked()) {
      CHECK(was_sent(*current, asked));
    } else {
      CHECK(freshness_.offline);
      CHECK(faults_ > 0);
    }
  }

  void check_failure(const Error& error) const {
    INFO(error.message());
    CHECK((faults_ > 0 || error.kind() == ErrorKind::cancelled));
  }

  /// True when the server sent this version at `since` or later.
  bool was_sent(const Image& image, Time since) const {
    const std::vector<Sent>& sent = files_.at(image.name()).sent;
    return std::any_of(sent.begin(), sent.end(), [&](const Sent& one) {
      if (one.at < since || one.version.size != image.size().value) return false;
      return image.etag().empty() || image.etag() == one.version.etag;
    });
  }

  ModelRandom random_;
  const unsigned faults_;  // of 100 replies
  const bool tags_;
  const Freshness freshness_;
  std::map<std::string, File> files_;
  std::uint64_t versions_ = 0;
  Scene scene_;
  std::vector<std::shared_ptr<Image>> held_;
  reactor::TaskScope running_;
  bool ended_ = false;
};

TEST_CASE("whatever changes on the servers, an open returns a version that the server has just sent, or an error") {
  run_seeds(1000, [](std::uint64_t seed, Log& log) { Run(seed, log).run(); });
}

Task<> find_twice(Scene& scene, catalog::Entry first, catalog::Entry second, std::shared_ptr<Image>& one,
                  std::shared_ptr<Image>& other) {
  one = co_await scene.opener.check(scene.folder, first);
  other = co_await scene.opener.check(scene.folder, second);
  co_await scene.close();
}

TEST_CASE("a file that changed becomes another image, and the one before is stale") {
  Log log = Log::silent();
  int asked = 0;
  Scene scene(log, {0ms, 0ms, false}, 1, [&asked](const http::Exchange&) {
    return ScriptedReply::range_of(std::span(kBytes).first(10), {Offset{0}, Offset{1}},
                                   ++asked == 1 ? "\"1\"" : "\"2\"");
  });
  const catalog::Entry entry{"a", false, "http://server/a", {}, {}};
  std::shared_ptr<Image> before, after;
  reactor::drive(scene.loop, find_twice(scene, entry, entry, before, after));
  REQUIRE(after);
  CHECK(after != before);
  CHECK(before->stale());
  CHECK_FALSE(after->stale());
  CHECK(scene.folder->node("a") == after);
}

TEST_CASE("the last version of an image is shown while the server cannot be reached, if the user allows it") {
  Log log = Log::silent();
  int asked = 0;
  Scene scene(log, {0ms, 0ms, true}, 1, [&asked](const http::Exchange&) {
    ScriptedReply reply = ScriptedReply::range_of(std::span(kBytes).first(10), {Offset{0}, Offset{1}}, "\"1\"");
    reply.refuses_connection = ++asked > 1;
    return reply;
  });
  const catalog::Entry entry{"a", false, "http://server/a", {}, {}};
  std::shared_ptr<Image> before, after;
  reactor::drive(scene.loop, find_twice(scene, entry, entry, before, after));
  REQUIRE(after);
  CHECK(after == before);
  CHECK_FALSE(after->checked());
  CHECK_FALSE(after->stale());
}

TEST_CASE("an entry that the tree no longer knows is no known image; the error is reported where it is looked up") {
  Log log = Log::silent();
  Scene scene(log, {1s, 1s, false}, 1, [](const http::Exchange&) { return ScriptedReply::failure(404); });
  const catalog::Entry entry{"a", false, "http://server/a", ByteCount{1}, {}};
  CHECK(scene.opener.known(scene.folder, entry));
  scene.tree->forgets = true;
  const catalog::Entry other{"b", false, "http://server/b", ByteCount{1}, {}};
  CHECK_FALSE(scene.opener.known(scene.folder, other));
  reactor::drive(scene.loop, scene.close());
}

}  // namespace
}  // namespace rimfs::image
