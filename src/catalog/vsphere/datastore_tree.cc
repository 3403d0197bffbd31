// SPDX-License-Identifier: MIT
#include "catalog/vsphere/datastore_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "catalog/file_name.h"
#include "catalog/vsphere/datastore_troubles.h"
#include "catalog/vsphere/folder_listing.h"
#include "catalog/vsphere/machines.h"
#include "catalog/web/web_index.h"
#include "http/url.h"
#include "reactor/compute.h"

namespace rimfs::catalog::vsphere {
namespace {

using Path = std::vector<std::string>;

/// How old the inventory may be that answers for datacenters and datastores, which rarely change.
constexpr std::chrono::seconds kInventoryAge{30};
/// A name that is not in an inventory of this age is not there.
constexpr std::chrono::seconds kInventoryJustRead{1};
/// Folders that are told from files by a search of their own, in one listing, when the server offers no other way.
constexpr std::size_t kMostSearched = 100;

Entries folders_of(const std::string& key, const std::vector<Inventory::Name>& names) {
  Entries entries;
  for (const Inventory::Name& name : names) {
    auto entry = entry_below(key, name.name, true);
    if (!entry) continue;
    entry->listed = name.listed;
    entries.push_back(std::move(*entry));
  }
  make_unique(entries);
  return entries;
}

/// What the inventory knows of a path: an accessible datastore, names above one, or nothing.
enum class Known { datastore, names, nothing };
Known known_in(const Inventory* inventory, const Path& path) {
  if (!inventory) return Known::nothing;
  try {
    const Place place = inventory->find(path);
    if (!place.datastore) return Known::names;
    return place.datastore->accessible ? Known::datastore : Known::nothing;
  } catch (const Error&) {
    return Known::nothing;
  }
}

bool has_typed_folder(const std::vector<FoundFile>& found) {
  return std::any_of(found.begin(), found.end(), [](const FoundFile& file) { return file.folder && file.typed; });
}

bool has_folder(const Entries& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const Entry& entry) { return entry.folder; });
}

bool is_refusal(const Error& error) {
  return error.kind() == ErrorKind::unsupported || error.kind() == ErrorKind::denied;
}

}  // namespace

DatastoreTree::DatastoreTree(std::string url, std::string path, std::string name, std::shared_ptr<Session> session,
                             reactor::EventLoop& loop, http::Client& client, reactor::Offload& pool, Log& log)
    : url_(std::move(url)),
      path_(std::move(path)),
      name_(std::move(name)),
      tools_{http::origin_of(url_), std::move(session), loop, pool, log},
      client_(client),
      reader_(tools_),
      machine_reader_(tools_),
      browser_(tools_) {}

Entry DatastoreTree::root() const { return Entry{"", true, path_, {}, {}}; }

// ---- The inventory

std::shared_ptr<const Inventory> DatastoreTree::inventory() const {
  const MutexLock lock(mutex_);
  return inventory_;
}

/// An inventory in which this path can be looked up, young enough for what it leads to.
reactor::Task<std::shared_ptr<const Inventory>> DatastoreTree::inventory_for(Path path) {
  std::shared_ptr<const Inventory> known = inventory();
  const Known what = known_in(known.get(), path);
  Clock::duration age{};
  {
    const MutexLock lock(mutex_);
    age = tools_.loop.now() - inventory_read_;
  }
  const bool young = what == Known::datastore || (what == Known::names && age < kInventoryAge);
  if (known && (young || age < kInventoryJustRead)) co_return known;
  co_await refresh_inventory();
  co_return inventory();
}

reactor::Task<> DatastoreTree::refresh_inventory() {
  const std::shared_ptr<const Inventory> fresh = co_await reader_.read();
  const std::shared_ptr<const Inventory> before = inventory();
  std::function<std::vector<std::string>()> compare = [&] { return new_troubles(before.get(), *fresh); };
  const std::vector<std::string> troubles = co_await reactor::compute(tools_.pool, std::move(compare));
  for (const std::string& trouble : troubles) tools_.log.warning("{}", trouble);
  const MutexLock lock(mutex_);
  inventory_ = fresh;
  inventory_read_ = tools_.loop.now();
}

// ---- Folders

reactor::Task<Entries> DatastoreTree::list(Entry folder) {
  if (folder.key != path_) {
    Entries entries = co_await list_path(http::decoded_path_parts(folder.key), folder.key);
    co_return entries;
  }
  Entries entries;
  std::optional<Error> failure;
  try {
    entries = co_await list_path(http::decoded_path_parts(path_), path_);
  } catch (const Error& error) {
    failure = error;
  }
  only_file_.reset();
  if (failure) {
    const bool may_be_file = failure->kind() == ErrorKind::missing || is_refusal(*failure);
    if (may_be_file) {
      only_file_ = co_await file_at_root();
    }
    if (!only_file_) throw *failure;
    entries = {*only_file_};
  }
  root_listed_ = true;
  co_return entries;
}

reactor::Task<std::optional<Entry>> DatastoreTree::only_file() {
  if (!root_listed_) {
    co_await list(root());
  }
  co_return only_file_;
}

/// The file that the source's path leads to; nothing when there is none.
reactor::Task<std::optional<Entry>> DatastoreTree::file_at_root() {
  std::optional<Entry> found;
  try {
    const Path path = http::decoded_path_parts(path_);
    const std::shared_ptr<const Inventory> known = co_await inventory_for(path);
    Place place = known->find(path);
    if (!place.datastore || place.path.empty()) co_return std::nullopt;
    const std::optional<std::string> name = safe_file_name(place.path.back());
    place.path.pop_back();
    const Entries beside = co_await list_folder(place, "");
    for (const Entry& entry : beside) {
      if (!entry.folder && name && entry.name == *name) found = entry;
    }
  } catch (const Error& error) {
    tools_.log.info("{}: {}", url_, error.message());
  }
  if (!found) co_return std::nullopt;
  found->name = safe_file_name(name_).value_or(found->name);
  found->key = path_;
  co_return found;
}

/// Above the datastores the inventory is the listing.
reactor::Task<Entries> DatastoreTree::list_path(Path path, std::string key) {
  const std::shared_ptr<const Inventory> known = co_await inventory_for(path);
  const Place place = known->find(path);
  if (!place.datastore) co_return folders_of(key, known->names_below(path));
  if (!place.datastore->accessible) {
    throw Error(ErrorKind::unreachable, fmt::format("the datastore '{}' is {}; see its state in the vSphere client",
                                                    place.datastore->shown, trouble_of(*place.datastore)));
  }
  Entries entries = co_await list_folder(place, std::move(key));
  co_return entries;
}

reactor::Task<Entries> DatastoreTree::list_folder(const Place& place, std::string key) {
  Listings both = co_await ask_both(place);
  ListingPolicy::Seen seen{!both.failure, both.page.has_value(), false, false};
  const bool has_times = seen.browser || policy_.may_use_page_times();
  std::function<Entries()> merge = [&] {
    const Listings told = std::exchange(both, Listings());  // freed here
    seen.leaves_out = seen.browser && told.page && page_has_more(told.found, *told.page);
    seen.typed_folder = has_typed_folder(told.found);
    Entries entries = listing_of(told.found, told.page ? &*told.page : nullptr, key);
    make_unique(entries);
    for (Entry& entry : entries) {
      if (!has_times) entry.modified.reset();
    }
    return entries;
  };
  Entries entries = co_await reactor::compute(tools_.pool, std::move(merge));
  policy_.note(seen);
  co_return entries;
}

/// What the browser and the page tell of a folder, as far as the server answers. Throws Error when neither tells
/// enough.
reactor::Task<DatastoreTree::Listings> DatastoreTree::ask_both(const Place& place) {
  Listings both;
  try {
    both.found = co_await browser_.search(place);
  } catch (const Error& error) {
    both.failure = error;
  }
  // The pages stand in for a browser that refuses; a server that is away now is not asked twice.
  if (both.failure && !is_refusal(*both.failure)) throw *both.failure;
  std::function<bool()> look = [&] { return is_doubtful(both.found); };
  const bool doubtful = co_await reactor::compute(tools_.pool, std::move(look));
  std::optional<Error> no_page;
  if (policy_.wants_page(both.failure.has_value(), doubtful)) {
    both.page = co_await page_of(place, !both.failure, no_page);
  }
  const bool is_missing = no_page && no_page->kind() == ErrorKind::missing;
  if (both.failure && !both.page) throw is_missing ? *no_page : *both.failure;
  // Without the page some names would be missing: the listing before is shown instead.
  const bool is_away = no_page && is_connection_failure(no_page->kind());
  if (is_away && policy_.needs_page()) throw *no_page;
  const bool page_tells_folders = both.page && has_folder(*both.page);
  if (!both.failure && !page_tells_folders) {
    co_await mark_folders(place, both.found);
  }
  co_return both;
}

/// What the folder's page lists; nothing when there is no page for this user, `failure` says why then. `session_works`:
/// the server has just answered another question, so a page that is denied is not about the session.
reactor::Task<std::optional<Entries>> DatastoreTree::page_of(const Place& place, bool session_works,
                                                             std::optional<Error>& failure) {
  const std::string store = place.datacenter->dc_path + "/" + place.datastore->name;
  if (pages_.are_refused(store, tools_.loop.now())) {
    failure = Error(ErrorKind::denied, datastore_path(place) + ": the server refuses the pages of this datastore");
    co_return std::nullopt;
  }
  try {
    Entries entries = co_await read_page(place);
    pages_.shown(store);
    co_return std::optional<Entries>(std::move(entries));
  } catch (const Error& error) {
    failure = error;
  }
  tools_.log.info("{}: {}", datastore_path(place), failure->message());
  if (session_works && failure->kind() == ErrorKind::denied) {
    pages_.refused(store, fmt::format("{}", fmt::join(place.path, "/")), tools_.loop.now());
  }
  co_return std::nullopt;
}

reactor::Task<Entries> DatastoreTree::read_page(const Place& place) {
  std::optional<Error> failure;
  for (const Spelling& spelling : spellings_.to_try(place, true)) {
    const std::string url = folder_url(url_, place, true, spelling);
    const Access access{tools_.session->access(), tools_.session};
    WebIndex page(ListingServer(url, access, client_, tools_.pool, tools_.log));
    std::optional<Error> missing;
    try {
      Entries entries = co_await page.list(page.root());
      spellings_.worked(place, true, spelling);
      co_return entries;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::missing) throw;
      missing = error;
    }
    if (!failure) failure = missing;
  }
  throw *failure;
}

/// Tells folders from files where the browser calls both files and no page knows of folders: a search finds in folders
/// only.
reactor::Task<> DatastoreTree::mark_folders(const Place& place, std::vector<FoundFile>& found) {
  const bool typed = policy_.types_folders() || has_typed_folder(found);
  const std::vector<std::string> names = typed ? std::vector<std::string>() : possible_folders(found);
  if (names.size() > kMostSearched) {
    tools_.log.info("{}: {} names may be folders; the server does not say which, so they count as files",
                    datastore_path(place), names.size());
    co_return;
  }
  for (const std::string& name : names) {
    Place inside = place;
    inside.path.push_back(name);
    bool is_folder = false;
    try {
      co_await browser_.search(inside);
      is_folder = true;
    } catch (const Error& error) {
      if (is_connection_failure(error.kind())) throw;
    }
    for (FoundFile& file : found) {
      if (is_folder && file.path == name) file.folder = true;
    }
  }
}

// ---- Files

/// However the server wants it written, it is the same file.
http::Address DatastoreTree::address_of(const Place& place, const Spelling& spelling) const {
  http::Address address(folder_url(url_, place, false, Spelling()), tools_.session->access(), tools_.session);
  if (spelling != Spelling()) address.rewrite(folder_url(url_, place, false, spelling));
  return address;
}

Found DatastoreTree::listed(const Entry& file) const {
  http::Identity identity;
  identity.size = file.size.value_or(ByteCount{});
  identity.listed_time = tools_.session->access()->compared(file.modified);
  const std::shared_ptr<const Inventory> known = inventory();
  const Place place = known->find(http::decoded_path_parts(file.key));
  if (!place.datastore) throw Error(ErrorKind::missing, file.name + ": its datastore is gone");
  return Found(address_of(place, spellings_.present()), std::move(identity));
}

/// A name with "%" may be decoded once or twice, and then lead to another file. So where the listing tells the size, a
/// file of another size is taken only if no other spelling leads to one that fits.
reactor::Task<Found> DatastoreTree::find(Entry file) {
  const Path path = http::decoded_path_parts(file.key);
  const std::shared_ptr<const Inventory> known = co_await inventory_for(path);
  const Place place = known->find(path);
  if (!place.datastore) throw Error(ErrorKind::missing, file.name + ": its datastore is gone");
  const bool ambiguous = file.key.find("%25") != std::string::npos;
  std::optional<Error> failure;
  std::optional<Found> doubtful;
  for (const Spelling& spelling : spellings_.to_try(place, false)) {
    http::Address address = address_of(place, spelling);
    std::optional<Error> refusal;
    try {
      http::Identity identity = co_await client_.probe(address);
      const bool fits = !ambiguous || (file.size && identity.size == *file.size);
      if (fits && spellings_.worked(place, false, spelling)) {
        tools_.log.info("{}: the server wants its URLs spelled differently", url_);
      }
      identity.listed_time = tools_.session->access()->compared(file.modified);
      Found found(std::move(address), std::move(identity));
      if (fits || !file.size) co_return found;
      if (!doubtful) doubtful.emplace(std::move(found));
    } catch (const Error& error) {
      refusal = error;
    }
    if (refusal && refusal->kind() != ErrorKind::missing && !doubtful) throw *refusal;
    if (refusal && !failure) failure = refusal;
  }
  if (doubtful) co_return std::move(*doubtful);
  const std::string_view trouble = trouble_of(*place.datastore);
  if (trouble.empty()) throw *failure;
  throw Error(failure->kind(),
              fmt::format("{}; the datastore '{}' is {}", failure->message(), place.datastore->shown, trouble));
}

/// Datastores and machines are asked for anew: what a machine may do changes at any time.
reactor::Task<std::optional<Machines>> DatastoreTree::machines(Entry folder) {
  if (only_file_) co_return std::nullopt;
  co_await refresh_inventory();
  std::vector<MachineFacts> facts = co_await machine_reader_.read();
  const std::shared_ptr<const Inventory> known = inventory();
  const Path root = http::decoded_path_parts(path_);
  const Path below = http::decoded_path_parts(folder.key);
  std::function<Machines()> place = [&] {
    const std::vector<MachineFacts> told = std::exchange(facts, {});  // freed here
    return machines_of(told, *known, root, below);
  };
  Machines found = co_await reactor::compute(tools_.pool, std::move(place));
  co_return std::optional<Machines>(std::move(found));
}

reactor::Task<> DatastoreTree::close() { co_await tools_.session->close(); }

}  // namespace rimfs::catalog::vsphere
