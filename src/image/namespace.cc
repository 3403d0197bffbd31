// SPDX-License-Identifier: MIT
#include "image/namespace.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/outage.h"

namespace rimfs::image {
namespace {

/// A server may list a folder inside itself without end, and `find` follows it. Paths with ordinary names are shorter
/// than this.
constexpr unsigned kDeepestFolder = 256;

/// A task that waited for another task's listing accepts a listing of this age instead of requesting one of its own.
constexpr std::chrono::milliseconds kJustListed{1000};

}  // namespace

Namespace::Namespace(Parts parts, std::shared_ptr<catalog::Tree> tree, std::chrono::milliseconds max_age)
    : parts_(parts),
      max_age_(max_age),
      tree_(std::move(tree)),
      root_(std::make_shared<Folder>(tree_->root(), tree_, nullptr)) {}

Folder::Listing Namespace::known_listing(const Folder& folder) const {
  return folder.is_fresh(max_age_, parts_.loop.now()) ? folder.listing() : nullptr;
}

std::shared_ptr<Folder> Namespace::folder_of(const std::shared_ptr<Folder>& parent, const catalog::Entry& entry) {
  auto known = std::dynamic_pointer_cast<Folder>(parent->node(entry.name));
  if (known && parent->made_for(entry)) return known;
  std::shared_ptr<catalog::Tree> tree = parent->tree()->tree_of(entry);
  catalog::Entry top = tree ? tree->root() : entry;
  top.name = entry.name;
  auto folder = std::make_shared<Folder>(std::move(top), tree ? tree : parent->tree(), parent);
  parent->remember(folder, false, entry_id(entry));
  return folder;
}

reactor::Task<Folder::Listing> Namespace::list(std::shared_ptr<Folder> folder) {
  co_await refresh(folder, max_age_);
  co_return folder->listing();
}

reactor::Task<Folder::Listing> Namespace::list(std::shared_ptr<Folder> folder, std::chrono::milliseconds max_age) {
  co_await refresh(folder, max_age);
  co_return folder->listing();
}

reactor::Task<std::optional<catalog::Entry>> Namespace::find(std::shared_ptr<Folder> folder, std::string name) {
  const Folder::Listing listing = co_await list(folder);
  const catalog::Entry* entry = find_entry(*listing, name);
  if (!entry) co_return std::nullopt;
  co_return *entry;
}

reactor::Task<> Namespace::close() { co_await tree_->close(); }

reactor::Task<> Namespace::refresh(std::shared_ptr<Folder> folder, std::chrono::milliseconds max_age) {
  for (;;) {
    if (folder->is_fresh(max_age, parts_.loop.now())) co_return;
    const auto in_flight = in_flight_.find(folder.get());
    if (in_flight == in_flight_.end()) break;
    const std::shared_ptr<reactor::Signal> signal = in_flight->second;
    auto end = signal->wait();
    co_await end;
    max_age = std::max(max_age, kJustListed);
  }
  const auto signal = std::make_shared<reactor::Signal>(parts_.loop);
  in_flight_.emplace(folder.get(), signal);
  std::optional<Error> failure;
  try {
    co_await request_listing(folder);
  } catch (const Error& error) {
    failure = error;
  }
  in_flight_.erase(folder.get());
  signal->notify_all();
  if (failure) throw *failure;
}

/// Takes a new listing from the tree. When the server cannot be reached, the previous listing stays. Sorting a large
/// listing and freeing the one before run on the pool.
reactor::Task<> Namespace::request_listing(std::shared_ptr<Folder> folder) {
  if (folder->depth() > kDeepestFolder) {
    throw Error(ErrorKind::unsupported,
                fmt::format("more than {} nested folders: a folder may contain itself", kDeepestFolder));
  }
  std::optional<Error> failure;
  try {
    catalog::Entries entries = co_await folder->tree()->list(folder->entry());
    reactor::Offload::Work learn = [&] { folder->learn(std::move(entries)); };
    auto learnt = parts_.pool.run(std::move(learn));
    co_await learnt;
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    if (!is_connection_failure(failure->kind()) || !folder->listing()) throw *failure;
    log_outage(parts_.failures, folder->tree()->origin(), *failure, "showing what it listed before");
  }
  folder->confirm(parts_.loop.now());
}

}  // namespace rimfs::image
