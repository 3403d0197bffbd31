// SPDX-License-Identifier: MIT
#include "image/folder.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace rimfs::image {
namespace {

using namespace std::chrono_literals;

/// A tree without anything.
struct Nothing final : catalog::Tree {
  catalog::Entry root() const override { return {}; }
  reactor::Task<catalog::Entries> list(catalog::Entry) override { co_return catalog::Entries(); }
  catalog::Found listed(const catalog::Entry&) const override { throw Error(ErrorKind::missing, "nothing"); }
  reactor::Task<catalog::Found> find(catalog::Entry file) override { co_return listed(file); }
};

std::shared_ptr<Folder> folder(const std::string& name, const std::shared_ptr<Folder>& parent = nullptr) {
  catalog::Entry entry;
  entry.name = name;
  entry.folder = true;
  return std::make_shared<Folder>(entry, nullptr, parent);
}

TEST_CASE("a node is found by its name as long as it is held") {
  const auto top = folder("");
  auto inner = folder("a", top);
  top->remember(inner, false, {});
  CHECK(top->node("a") == inner);
  CHECK(top->node("b") == nullptr);
  inner.reset();
  CHECK(top->node("a") == nullptr);
}

TEST_CASE("a node that ends leaves no name behind") {
  const auto top = folder("");
  std::vector<std::shared_ptr<Folder>> inner;
  for (int i = 0; i < 1000; ++i) {
    inner.push_back(folder(std::to_string(i), top));
    top->remember(inner.back(), false, {});
  }
  CHECK(top->names() == 1000);
  inner.clear();
  CHECK(top->names() == 0);
}

TEST_CASE("a kept node stays, also when only the folder holds it") {
  const auto top = folder("");
  top->remember(folder("a"), true, {});
  CHECK(top->node("a") != nullptr);
  CHECK(top->names() == 1);
}

TEST_CASE("a name with another link in a later listing needs another node") {
  const auto top = folder("");
  catalog::Entry before, after;
  before.name = after.name = "get";
  before.key = "http://host/get?id=1";
  after.key = "http://host/get?id=2";
  const auto node = folder("get", top);
  top->remember(node, false, entry_id(before));
  CHECK(top->made_for(before));
  CHECK_FALSE(top->made_for(after));
  top->renew(folder("get"), entry_id(after));
  CHECK_FALSE(top->made_for(after));
  top->renew(node, entry_id(after));
  CHECK(top->made_for(after));
}

TEST_CASE("the end of an earlier node of a name does not affect the later one") {
  const auto top = folder("");
  auto first = folder("a", top);
  top->remember(first, false, {});
  const auto second = folder("a", top);
  top->remember(second, false, {});
  first.reset();
  CHECK(top->node("a") == second);
}

TEST_CASE("replacing a kept node destroys it, outside the lock") {
  const auto top = folder("");
  std::weak_ptr<Folder> watch;
  {
    const auto first = folder("a", top);
    watch = first;
    top->remember(first, true, {});
  }
  const auto second = folder("a");
  top->remember(second, true, {});
  CHECK(watch.expired());
  CHECK(top->node("a") == second);
}

TEST_CASE("names whose nodes have ended without forget() do not accumulate") {
  // A node without a parent does not tell its end.
  const auto top = folder("");
  for (int i = 0; i < 30'000; ++i) top->remember(folder(std::to_string(i)), false, {});
  CHECK(top->names() < 100);
}

TEST_CASE("a kept node is released when a listing no longer names it, unless another owner holds it") {
  const auto top = folder("");
  auto held = folder("held", top);
  top->remember(held, true, {});
  for (const char* name : {"a", "b"}) top->remember(folder(name, top), true, {});
  catalog::Entry listed;
  listed.name = "b";
  top->learn({listed});
  CHECK(top->node("a") == nullptr);
  CHECK(top->node("b") != nullptr);
  CHECK(top->node("held") == held);
  CHECK(top->names() == 2);
  held.reset();
  top->learn({});
  CHECK(top->names() == 0);
}

TEST_CASE("30,000 files that come and go leave no memory in use") {
  const auto top = folder("");
  for (int i = 0; i < 30'000; ++i) top->remember(folder(std::to_string(i), top), true, {});
  CHECK(top->names() == 30'000);
  top->learn({});
  CHECK(top->names() == 0);
}

TEST_CASE("a listing is fresh from its confirmation until it is too old or found to be out of date") {
  const Folder::Clock::time_point now{std::chrono::hours(1)};
  const auto top = std::make_shared<Folder>(catalog::Entry{}, std::make_shared<Nothing>(), nullptr);
  CHECK_FALSE(top->is_fresh(1s, now));
  top->learn({});
  CHECK_FALSE(top->is_fresh(1s, now));
  top->confirm(now);
  CHECK(top->is_fresh(1s, now));
  CHECK(top->is_fresh(1s, now + 999ms));
  CHECK_FALSE(top->is_fresh(1s, now + 1s));
  top->expire();
  CHECK_FALSE(top->is_fresh(1s, now));
}

TEST_CASE("a folder has its depth below the root") {
  const auto top = folder("");
  CHECK(top->depth() == 0);
  CHECK(folder("b", folder("a", top))->depth() == 2);
}

}  // namespace
}  // namespace rimfs::image
