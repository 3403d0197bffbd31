// SPDX-License-Identifier: MIT
#include "image/library.h"

#include <fmt/format.h>

#include <algorithm>

#include "cache/block_number.h"
#include "image/map_import.h"

namespace rimfs::image {
namespace {

/// A server may list a folder in itself without end, and `find` follows. Paths of ordinary names end long before.
constexpr unsigned kDeepestFolder = 256;

/// Who waited for another's listing does not ask for one of his own.
constexpr std::chrono::milliseconds kJustListed{1000};

/// True while a listing says nothing that contradicts the image.
bool fits(const Image& image, const catalog::Entry& entry) {
  if (image.stale()) return false;
  const auto identity = image.file()->resource().identity();
  if (entry.size && *entry.size != identity->size) return false;
  return !entry.modified || !identity->listed_time || *entry.modified == *identity->listed_time;
}

}  // namespace

Library::Library(Parts parts, std::shared_ptr<catalog::Tree> tree, Trust trust)
    : parts_(parts),
      trust_(trust),
      stored_(parts.tier, parts.cache),
      tree_(std::move(tree)),
      root_(std::make_shared<Folder>(tree_->root(), tree_, nullptr)) {
  parts_.fetcher.open_stores_with(
      [this](std::shared_ptr<fetch::RemoteFile> file) { return stored_.attach(std::move(file)); });
}

Library::~Library() = default;

reactor::Task<> Library::load() { co_await load_folder(root_); }

reactor::Task<> Library::load_folder(std::shared_ptr<Folder> folder) {
  co_await refresh(folder, trust_.listing);
  if (!folder->tree()->constant()) co_return;
  const Folder::Listing listing = folder->listing();
  for (const catalog::Entry& entry : *listing) {
    if (entry.folder) {
      const std::shared_ptr<Node> node = node_of(folder, entry);
      folder->remember(node, true, entry_id(entry));
      co_await load_folder(std::dynamic_pointer_cast<Folder>(node));
    } else {
      co_await ask_current(folder, entry);
    }
  }
}

reactor::Task<> Library::close() {
  co_await asking_.joined();
  co_await tree_->close();
}

void Library::report(observe::Snapshot& into) const {
  const ByteCount block = parts_.cache.block_size();
  into.mount.set("cache.memory", (block * parts_.cache.capacity_blocks()).value);
  into.mount.set("cache.used", (block * parts_.cache.used_blocks()).value);
  into.mount.set("disk-cache.state", parts_.tier ? parts_.tier->state() : "none");
  const reactor::Steps::Longest longest = parts_.loop.steps().longest();
  into.mount.set("reactor.longest-step-ms", std::chrono::duration<double, std::milli>(longest.time).count());
  into.mount.set("reactor.longest-step-at",
                 fmt::format("{}:{}", reactor::below_src(longest.asked.file), longest.asked.line));
  into.mount.set("reactor.most-items-in-a-step", parts_.loop.steps().most_items());
  parts_.client.report(into);
}

/// Without retries one attempt still has its time.
std::chrono::milliseconds Library::answer_deadline() const {
  const http::Options& options = parts_.client.options();
  return options.retry_deadline.count() > 0 ? options.retry_deadline : options.stall_timeout;
}

reactor::EventLoop::Clock::time_point Library::extended_until(const std::string& server) const {
  return parts_.client.documents_extend_until(server);
}

/// That of its folder; an image that no server lists has only its own.
std::string Library::server_of(const Image& image) {
  const std::shared_ptr<Folder> folder = image.folder();
  const std::string origin = folder ? server_of(*folder) : std::string();
  return origin.empty() ? image.file()->resource().host().origin() : origin;
}

// ---- Names

/// The node made earlier, when the listing still says the same of it.
std::shared_ptr<Node> Library::known_node(const Folder& folder, const catalog::Entry& entry) const {
  std::shared_ptr<Node> node = folder.node(entry.name);
  const auto* image = dynamic_cast<const Image*>(node.get());
  const bool right = image ? !entry.folder && fits(*image, entry) : entry.folder;
  return right && folder.made_for(entry) ? node : nullptr;
}

/// A new node, when the listing says all that it needs; otherwise null.
std::shared_ptr<Node> Library::make_node(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry) {
  std::shared_ptr<Node> node;
  if (entry.folder) {
    std::shared_ptr<catalog::Tree> tree = folder->tree()->tree_of(entry);
    catalog::Entry top = tree ? tree->root() : entry;
    top.name = entry.name;
    node = std::make_shared<Folder>(std::move(top), tree ? tree : folder->tree(), folder);
  } else if (entry.size && cache::has_block_numbers(*entry.size, parts_.cache.block_size())) {
    node = make_image(folder, entry.name, folder->tree()->listed(entry));
  } else {
    return nullptr;
  }
  folder->remember(node, false, entry_id(entry));
  return node;
}

std::shared_ptr<Node> Library::node_of(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry) {
  if (std::shared_ptr<Node> known = known_node(*folder, entry)) return known;
  const auto image = std::dynamic_pointer_cast<Image>(folder->node(entry.name));
  if (!image) return make_node(folder, entry);
  if (image->stale()) folder->expire();  // the listing may be older than the change
  return nullptr;
}

std::optional<std::shared_ptr<Node>> Library::look_up_now(const std::shared_ptr<Folder>& folder,
                                                          const std::string& name) {
  const Folder::Listing listing = list_now(*folder);
  if (!listing) return std::nullopt;
  const catalog::Entry* entry = find_entry(*listing, name);
  if (!entry) return std::shared_ptr<Node>();
  std::shared_ptr<Node> node = node_of(folder, *entry);
  if (!node) return std::nullopt;
  return node;
}

void Library::look_up(std::shared_ptr<Folder> folder, std::string name, OnNode on_done) {
  parts_.loop.post([this, folder = std::move(folder), name = std::move(name), on_done = std::move(on_done)]() mutable {
    asking_.spawn(answer_node(std::move(folder), std::move(name), std::move(on_done)));
  });
}

reactor::Task<> Library::answer_node(std::shared_ptr<Folder> folder, std::string name, OnNode on_done) {
  std::optional<Error> failure;
  std::shared_ptr<Node> node;
  try {
    node = co_await ask_node(folder, name);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    on_done(*failure);
  } else {
    on_done(std::move(node));
  }
}

reactor::Task<std::shared_ptr<Node>> Library::ask_node(std::shared_ptr<Folder> folder, std::string name) {
  co_await refresh(folder, trust_.listing);
  const Folder::Listing listing = folder->listing();
  const catalog::Entry* entry = find_entry(*listing, name);
  if (!entry) co_return nullptr;
  std::shared_ptr<Node> node = known_node(*folder, *entry);
  if (node) co_return node;
  const auto image = std::dynamic_pointer_cast<Image>(folder->node(name));
  // What contradicts the listing is asked for: either may be the older one.
  if (!image || image->stale()) node = make_node(folder, *entry);
  if (node) co_return node;
  node = co_await ask_current(folder, *entry);
  co_return node;
}

// ---- Folders

Folder::Listing Library::list_now(const Folder& folder) const {
  return folder.is_fresh(trust_.listing) ? folder.listing() : nullptr;
}

void Library::list(std::shared_ptr<Folder> folder, OnListing on_done) {
  parts_.loop.post([this, folder = std::move(folder), on_done = std::move(on_done)]() mutable {
    asking_.spawn(answer_listing(std::move(folder), std::move(on_done)));
  });
}

reactor::Task<> Library::answer_listing(std::shared_ptr<Folder> folder, OnListing on_done) {
  std::optional<Error> failure;
  try {
    co_await refresh(folder, trust_.listing);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    on_done(*failure);
  } else {
    on_done(folder->listing());
  }
}

/// Asks for the folder's content unless it is younger than `age`. One at a time for a folder: the others wait for its
/// answer.
reactor::Task<> Library::refresh(std::shared_ptr<Folder> folder, std::chrono::milliseconds age) {
  for (;;) {
    if (folder->is_fresh(age)) co_return;
    const auto under_way = listing_now_.find(folder.get());
    if (under_way == listing_now_.end()) break;
    const std::shared_ptr<reactor::Signal> signal = under_way->second;
    auto end = signal->wait();
    co_await end;
    age = std::max(age, kJustListed);
  }
  const auto signal = std::make_shared<reactor::Signal>(parts_.loop);
  listing_now_.emplace(folder.get(), signal);
  std::optional<Error> failure;
  try {
    co_await ask_listing(folder);
  } catch (const Error& error) {
    failure = error;
  }
  listing_now_.erase(folder.get());
  signal->notify_all();
  if (failure) throw *failure;
}

/// A few lines a minute: readers may try any number of names.
void Library::note_outage(const std::string& server, const Error& failure, std::string_view instead) {
  const http::Rejection rejection{failure.kind(), false, failure.message()};
  parts_.client.failures().ended(server, rejection, fmt::format("{}; {}", failure.message(), instead));
}

/// Takes what the tree lists; what it listed before stays when the server cannot be reached now. Sorting a large
/// listing and freeing the one before are the pool's work.
reactor::Task<> Library::ask_listing(std::shared_ptr<Folder> folder) {
  if (folder->depth() > kDeepestFolder) {
    throw Error(ErrorKind::unsupported,
                fmt::format("more than {} folders in one another; does one contain itself?", kDeepestFolder));
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
  if (!failure) co_return;
  if (!is_connection_failure(failure->kind()) || !folder->listing()) throw *failure;
  note_outage(server_of(*folder), *failure, "showing what it listed before");
  folder->confirm();
}

}  // namespace rimfs::image
