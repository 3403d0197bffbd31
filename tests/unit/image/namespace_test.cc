// SPDX-License-Identifier: MIT
// The names of a mount against a plain record of what the server listed when: random lookups, folders that change,
// faults, delays, and an end at any moment, in virtual time.
#include "image/namespace.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../model_run.h"
#include "../reactor/drive.h"

namespace rimfs::image {
namespace {

using namespace std::chrono_literals;
using reactor::EventLoop;
using reactor::Task;
using Time = EventLoop::Clock::time_point;

/// A tree whose folders change all the time. Remembers what it listed, and when.
class ChangingTree final : public catalog::Tree {
 public:
  struct Reply {
    Time at;
    catalog::Entries entries;  // sorted
  };

  ChangingTree(EventLoop& loop, ModelRandom& random, unsigned faults) : loop_(loop), random_(random), faults_(faults) {}

  catalog::Entry root() const override { return {"", true, "/", {}, {}}; }
  Task<catalog::Entries> list(catalog::Entry folder) override {
    Server& server = servers_[folder.key];
    CHECK_MESSAGE(!server.busy, "two requests at once list one folder");
    server.busy = true;
    co_await loop_.sleep(random_.time(500ms));
    catalog::Entries entries = content(folder);
    const Time at = loop_.now();
    co_await loop_.sleep(random_.time(500ms));
    server.busy = false;
    ++requests;
    if (loop_.is_sleepless()) throw Error(ErrorKind::cancelled, "the end");
    if (random_.chance(faults_)) {
      throw Error(random_.chance(70) ? ErrorKind::unreachable : ErrorKind::denied, "a fault");
    }
    server.replies.push_back({at, entries});
    co_return entries;
  }
  catalog::Found listed(const catalog::Entry&) const override {
    throw Error(ErrorKind::missing, "no file is asked for");
  }
  Task<catalog::Found> find(catalog::Entry file) override { co_return listed(file); }
  Task<> close() override {
    closed = true;
    co_return;
  }

  const std::vector<Reply>& replies(const std::string& key) { return servers_[key].replies; }

  std::size_t requests = 0;
  bool closed = false;

 private:
  struct Server {
    bool busy = false;
    std::vector<Reply> replies;
  };

  /// Some of the names "a" to "e", in any order; each a folder or a file.
  catalog::Entries content(const catalog::Entry& folder) {
    catalog::Entries entries;
    for (char name = 'a'; name <= 'e'; ++name) {
      if (random_.chance(30)) continue;
      const std::string text(1, name);
      const bool is_folder = random_.chance(30);
      entries.push_back({text, is_folder, folder.key + text + (is_folder ? "/" : ""), {}, {}});
      if (random_.chance(30)) std::swap(entries.front(), entries.back());
    }
    return entries;
  }

  EventLoop& loop_;
  ModelRandom& random_;
  const unsigned faults_;
  std::map<std::string, Server> servers_;
};

bool same(const catalog::Entry& a, const catalog::Entry& b) {
  return a.name == b.name && a.folder == b.folder && a.key == b.key;
}

bool same_content(const catalog::Entries& sorted, catalog::Entries other) {
  std::sort(other.begin(), other.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return std::equal(sorted.begin(), sorted.end(), other.begin(), other.end(), same);
}

/// One run, from a seed.
class Run {
 public:
  Run(std::uint64_t seed, Log& log)
      : random_(seed),
        faults_(random_.chance(40) ? 0 : static_cast<unsigned>(random_.upto(50))),
        max_age_(random_.chance(20) ? 0ms : random_.time(5s)),
        failures_(loop_, log),
        tree_(std::make_shared<ChangingTree>(loop_, random_, faults_)),
        names_({loop_, pool_, failures_}, tree_, max_age_) {}

  void run() {
    reactor::drive(loop_, all());
    REQUIRE_MESSAGE(ended_, "a task waits for what never happens");
  }

 private:
  Task<> all() {
    const std::size_t readers = 1 + random_.upto(5);
    for (std::size_t i = 0; i < readers; ++i) running_.spawn(reader(10 + random_.upto(20)));
    if (random_.chance(30)) {
      co_await loop_.sleep(random_.time(20s));
      loop_.wake_sleepers();
    }
    co_await running_.joined();
    CHECK(answers_ == questions_);
    co_await names_.close();
    CHECK(tree_->closed);
    ended_ = true;
  }

  Task<> reader(std::size_t questions) {
    std::shared_ptr<Folder> folder = names_.root();
    for (std::size_t i = 0; i < questions; ++i) {
      co_await loop_.sleep(random_.time(2s));
      ++questions_;
      if (random_.chance(50)) {
        co_await check_listing(folder);
      } else {
        folder = co_await check_name(folder);
      }
      ++answers_;
      if (random_.chance(5)) folder->expire();
      if (random_.chance(20)) folder = names_.root();
    }
  }

  /// A listing is one that the server sent, and no older than allowed; an old one only when the server had faults.
  Task<> check_listing(std::shared_ptr<Folder> folder) {
    const Time asked = loop_.now();
    if (const Folder::Listing known = names_.known_listing(*folder)) {
      CHECK(is_reply_since(*folder, *known, asked - max_age_));
    }
    const std::chrono::milliseconds age = random_.chance(50) ? max_age_ : std::min(max_age_, random_.time(1s));
    Folder::Listing listing;
    std::optional<Error> failure;
    try {
      listing = co_await names_.list(folder, age);
    } catch (const Error& error) {
      failure = error;
    }
    if (failure) return_failure(*failure);
    if (listing) CHECK(is_reply_since(*folder, *listing, asked - age));
  }

  /// A name leads to what one of these listings says of it. Returns the folder to go on from.
  Task<std::shared_ptr<Folder>> check_name(std::shared_ptr<Folder> folder) {
    const Time asked = loop_.now();
    const std::string name(1, static_cast<char>('a' + random_.upto(5)));
    std::optional<catalog::Entry> entry;
    std::optional<Error> failure;
    try {
      entry = co_await names_.find(folder, name);
    } catch (const Error& error) {
      failure = error;
    }
    if (failure) {
      return_failure(*failure);
      co_return folder;
    }
    CHECK(is_told_since(*folder, name, entry, asked - max_age_));
    if (!entry || !entry->folder) co_return folder;
    std::shared_ptr<Folder> inner = Namespace::folder_of(folder, *entry);
    CHECK(inner->entry().key == entry->key);
    CHECK(inner->parent() == folder);
    CHECK(Namespace::folder_of(folder, *entry) == inner);
    co_return inner;
  }

  void return_failure(const Error& error) const {
    INFO(error.message());
    CHECK((faults_ > 0 || loop_.is_sleepless()));
  }

  /// The replies that an answer may come from. The time between a reply's content and its arrival counts, too, and that
  /// another caller's request may have been waited for.
  std::vector<ChangingTree::Reply> replies_since(const Folder& folder, Time since) {
    std::vector<ChangingTree::Reply> all;
    for (const ChangingTree::Reply& reply : tree_->replies(folder.entry().key)) {
      if (faults_ > 0 || loop_.is_sleepless() || reply.at >= since - 1500ms) all.push_back(reply);
    }
    return all;
  }

  bool is_reply_since(const Folder& folder, const catalog::Entries& listing, Time since) {
    const auto all = replies_since(folder, since);
    return std::any_of(all.begin(), all.end(), [&](const auto& reply) { return same_content(listing, reply.entries); });
  }

  bool is_told_since(const Folder& folder, const std::string& name, const std::optional<catalog::Entry>& entry,
                     Time since) {
    const auto all = replies_since(folder, since);
    return std::any_of(all.begin(), all.end(), [&](const auto& reply) {
      const auto found =
          std::find_if(reply.entries.begin(), reply.entries.end(), [&](const auto& one) { return one.name == name; });
      return found == reply.entries.end() ? !entry : entry && same(*found, *entry);
    });
  }

  ModelRandom random_;
  const unsigned faults_;  // of 100 replies
  const std::chrono::milliseconds max_age_;
  reactor::VirtualTime time_;
  EventLoop loop_{&time_};
  reactor::Offload pool_{loop_, 0};
  http::FailureLog failures_;
  const std::shared_ptr<ChangingTree> tree_;
  Namespace names_;
  reactor::TaskScope running_;
  std::size_t questions_ = 0;
  std::size_t answers_ = 0;
  bool ended_ = false;
};

TEST_CASE("whatever servers list and callers request, each name and listing is recent and from the server") {
  run_seeds(1000, [](std::uint64_t seed, Log& log) { Run(seed, log).run(); });
}

/// A folder that many ask for at once.
class Crowd {
 public:
  Task<> list_once(std::size_t& good) {
    const Folder::Listing listing = co_await names.list(names.root());
    if (listing) ++good;
  }
  Task<> list_often(std::size_t callers, std::size_t& good) {
    reactor::TaskScope all;
    for (std::size_t i = 0; i < callers; ++i) all.spawn(list_once(good));
    co_await all.joined();
  }

  Log log = Log::silent();
  ModelRandom random{1};
  reactor::VirtualTime time;
  EventLoop loop{&time};
  reactor::Offload pool{loop, 0};
  http::FailureLog failures{loop, log};
  std::shared_ptr<ChangingTree> tree = std::make_shared<ChangingTree>(loop, random, 0);
  Namespace names{{loop, pool, failures}, tree, 0ms};
};

TEST_CASE("one request lists a folder for all waiters, also when a listing expires at once") {
  Crowd crowd;
  std::size_t good = 0;
  reactor::drive(crowd.loop, crowd.list_often(1000, good));
  CHECK(good == 1000);
  CHECK(crowd.tree->requests == 1);
}

TEST_CASE("a name that was a file and is listed as a folder leads to the folder") {
  Crowd crowd;
  const std::shared_ptr<Folder>& root = crowd.names.root();
  struct File final : Node {
    explicit File(const char* name) : Node(name) {}
  };
  const catalog::Entry before{"a", false, "/a", {}, {}};
  const auto file = std::make_shared<File>("a");
  root->remember(file, true, entry_id(before));
  const catalog::Entry after{"a", true, "/a/", {}, {}};
  const std::shared_ptr<Folder> folder = Namespace::folder_of(root, after);
  REQUIRE(folder);
  CHECK(folder->entry().key == "/a/");
  CHECK(root->node("a") == folder);
}

}  // namespace
}  // namespace rimfs::image
