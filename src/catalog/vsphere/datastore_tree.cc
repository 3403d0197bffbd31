// SPDX-License-Identifier: MIT
#include "catalog/vsphere/datastore_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "catalog/entry_list.h"
#include "catalog/file_name.h"
#include "catalog/web/web_index.h"
#include "http/url.h"
#include "reactor/compute.h"

namespace rimfs::catalog::vsphere {
namespace {

using Path = std::vector<std::string>;

constexpr std::chrono::milliseconds kFirstPoll{10};
constexpr std::chrono::milliseconds kSlowestPoll{500};

std::optional<Entry> entry_below(const std::string& key, const std::string& name, bool folder) {
  std::optional<std::string> safe = safe_file_name(name);
  if (!safe) return std::nullopt;
  return Entry{std::move(*safe), folder, key + "/" + http::percent_encode(name), {}, {}};
}

Entries folders(const std::string& key, const Path& names) {
  Entries entries;
  for (const std::string& name : names) {
    if (auto entry = entry_below(key, name, true)) entries.push_back(std::move(*entry));
  }
  return entries;
}

std::optional<Entry> entry_of(const FoundFile& file, const std::string& key) {
  auto entry = entry_below(key, file.path, file.folder);
  if (!entry) return std::nullopt;
  // A descriptor may be told with the size of its whole disk: the file itself is asked.
  if (!file.folder && !file.disk_descriptor) entry->size = file.size;
  entry->modified = file.modified;
  return entry;
}

/// Some servers hide a disk's extents behind its descriptor.
bool hides_extents(const Entries& entries) {
  const auto is_disk = [](const Entry& entry) { return !entry.folder && entry.name.ends_with(".vmdk"); };
  const auto is_extent = [](const Entry& entry) { return is_disk_extent(entry.name); };
  return std::any_of(entries.begin(), entries.end(), is_disk) &&
         std::none_of(entries.begin(), entries.end(), is_extent);
}

/// Adds what only the page knows. Its links are kept by name: keys here are paths.
Entries with_missing(Entries entries, const Entries& page, const std::string& key) {
  std::vector<std::string> known;
  known.reserve(entries.size());
  for (const Entry& entry : entries) known.push_back(entry.name);
  std::sort(known.begin(), known.end());
  EntryList all;
  for (Entry& entry : entries) all.add(std::move(entry));
  for (const Entry& other : page) {
    if (std::binary_search(known.begin(), known.end(), other.name)) continue;
    auto entry = entry_below(key, other.name, other.folder);
    if (!entry) continue;
    entry->size = other.size;
    entry->modified = other.modified;
    all.add(std::move(*entry));
  }
  return all.take();
}

}  // namespace

DatastoreTree::DatastoreTree(std::string url, std::string folder, std::shared_ptr<Session> session,
                             reactor::EventLoop& loop, http::Client& client, reactor::Offload& pool, Log& log)
    : url_(std::move(url)),
      origin_(http::origin_of(url_)),
      folder_(std::move(folder)),
      session_(std::move(session)),
      loop_(loop),
      client_(client),
      pool_(pool),
      log_(log) {}

Entry DatastoreTree::root() const { return Entry{"", true, folder_, {}, {}}; }

std::shared_ptr<const Inventory> DatastoreTree::inventory() const {
  const MutexLock lock(mutex_);
  return inventory_;
}

/// The view is given back in any case: servers keep them as long as the session.
reactor::Task<> DatastoreTree::refresh_inventory() {
  co_await session_->open();
  Conversation conversation("the inventory of " + origin_, loop_.now());
  const Records none;
  const Document made = co_await session_->call(create_inventory_view(session_->service()), none, conversation);
  const Reference view = read_reference(made);
  Objects objects;
  std::string token;
  std::optional<Error> failure;
  try {
    token = co_await read_objects(objects, retrieve_inventory(session_->service(), view), conversation);
    while (!token.empty()) {
      token = co_await read_objects(objects, continue_retrieval(session_->service(), token), conversation);
    }
  } catch (const Error& error) {
    failure = error;
  }
  if (!token.empty()) {
    co_await say(cancel_retrieval(session_->service(), token));
  }
  co_await say(destroy_view(view));
  std::function<std::shared_ptr<const Inventory>()> parse = [&] {
    const Objects told = std::exchange(objects, Objects());  // freed here
    return failure ? nullptr : std::make_shared<const Inventory>(told);
  };
  std::shared_ptr<const Inventory> fresh = co_await reactor::compute(pool_, std::move(parse));
  if (failure) throw *failure;
  const MutexLock lock(mutex_);
  inventory_ = std::move(fresh);
}

/// One part of a retrieval; returns the token of the next one.
reactor::Task<std::string> DatastoreTree::read_objects(Objects& objects, std::string request,
                                                       Conversation& conversation) {
  const Records records = object_records(objects);
  const Document part = co_await session_->call(std::move(request), records, conversation);
  conversation.part(objects.kinds.size(), objects.values);
  co_return read_token(part);
}

/// Tells the server what it may forget. What it says to that does not matter.
reactor::Task<> DatastoreTree::say(std::string body) {
  try {
    co_await session_->call(std::move(body));
  } catch (const Error& error) {
    log_.info("{}: {}", url_, error.message());
  }
}

reactor::Task<Entries> DatastoreTree::list(Entry folder) {
  const Path path = http::decoded_path_parts(folder.key);
  std::shared_ptr<const Inventory> known = inventory();
  // Above the datastores the inventory is the listing.
  const bool ask = !known || known->find(path).datastore == nullptr;
  if (ask) {
    co_await refresh_inventory();
    known = inventory();
  }
  const Place place = known->find(path);
  if (!place.datastore) co_return folders(folder.key, known->names_below(path));

  const std::string datastore_path = fmt::format("[{}] {}", place.datastore->name, fmt::join(place.path, "/"));
  Entries entries;
  std::optional<Error> failure;
  try {
    entries = co_await browse(place.datastore->browser, datastore_path, folder.key);
  } catch (const Error& error) {
    failure = error;
  }
  // The pages stand in for a browser that refuses; a server that is away now is not asked twice.
  const bool refused = failure && (failure->kind() == ErrorKind::unsupported || failure->kind() == ErrorKind::denied);
  if (failure && !refused) throw *failure;
  std::function<bool()> look = [&] { return hides_extents(entries); };
  const bool incomplete = co_await reactor::compute(pool_, std::move(look));
  if (failure || incomplete) {
    try {
      Entries page = co_await read_page(place);
      std::function<Entries()> add = [&] { return with_missing(std::move(entries), page, folder.key); };
      entries = co_await reactor::compute(pool_, std::move(add));
    } catch (const Error& error) {
      if (failure) throw *failure;
      log_.info("{}: {}", datastore_path, error.message());
    }
  }
  std::function<Entries()> separate = [&] {
    make_unique(entries);
    return std::move(entries);
  };
  entries = co_await reactor::compute(pool_, std::move(separate));
  co_return entries;
}

reactor::Task<Entries> DatastoreTree::browse(Reference browser, std::string datastore_path, std::string key) {
  Conversation conversation("the search of " + datastore_path, loop_.now());
  const Records none;
  const Document started = co_await session_->call(search_datastore(browser, datastore_path), none, conversation);
  const Reference task = read_reference(started);
  EntryList entries;
  const Records files = file_records([&](const FoundFile& file) {
    if (auto entry = entry_of(file, key)) entries.add(std::move(*entry));
  });
  TaskState search;
  std::optional<Error> failure;
  try {
    search = co_await finished(task, files, conversation);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    reactor::Offload::Work free = [&] { entries.take(); };
    auto freed = pool_.run(std::move(free));
    co_await freed;
    co_await say(cancel_task(task));
    throw *failure;
  }
  if (search.progress == TaskState::Progress::success) co_return entries.take();
  const bool missing = search.fault.type == "FileNotFound";
  throw Error(missing ? ErrorKind::missing : ErrorKind::unsupported,
              fmt::format("{}: {} ({})", datastore_path, search.fault.sentence, search.fault.type));
}

/// Asks how far the search is until it has ended; the conversation's limits end it otherwise.
reactor::Task<TaskState> DatastoreTree::finished(Reference task, const Records& files, Conversation& conversation) {
  auto pause = kFirstPoll;
  for (;;) {
    const Document reply = co_await session_->call(retrieve_task(session_->service(), task), files, conversation);
    const TaskState state = read_task(reply);
    if (state.progress != TaskState::Progress::running) co_return state;
    co_await loop_.sleep(pause);
    pause = std::min(pause * 2, kSlowestPoll);
  }
}

/// The names of the folder's page. Tried with query values encoded once, then twice.
reactor::Task<Entries> DatastoreTree::read_page(const Place& place) {
  const bool twice = encode_twice_;
  for (const bool encoding : {twice, !twice}) {
    const std::string url = folder_url(place, true, encoding);
    WebIndex page(url, session_->access(), session_, client_, pool_);
    std::optional<Error> failure;
    try {
      Entries entries = co_await page.list(page.root());
      encode_twice_ = encoding;
      co_return entries;
    } catch (const Error& error) {
      failure = error;
    }
    if (failure->kind() != ErrorKind::missing || encoding != twice) throw *failure;
  }
  co_return {};
}

std::string DatastoreTree::folder_url(const Place& place, bool folder, bool twice) const {
  const auto value = [twice](const std::string& text) {
    const std::string once = http::percent_encode(text);
    return twice ? http::percent_encode(once) : once;
  };
  std::string path;
  for (const std::string& name : place.path) path += "/" + http::percent_encode(name);
  if (folder && !path.empty()) path += "/";
  return http::resolve_location(url_, fmt::format("/folder{}?dcPath={}&dsName={}", path,
                                                  value(place.datacenter->dc_path), value(place.datastore->name)));
}

http::Address DatastoreTree::address_of(const Entry& file, bool twice) const {
  const std::shared_ptr<const Inventory> known = inventory();
  const Place place = known->find(http::decoded_path_parts(file.key));
  if (!place.datastore) throw Error(ErrorKind::missing, file.name + ": its datastore is gone");
  // However the server wants it written, it is the same file.
  http::Address address(folder_url(place, false, false), session_->access(), session_);
  if (twice) address.rewrite(folder_url(place, false, true));
  return address;
}

Found DatastoreTree::listed(const Entry& file) const {
  http::Identity identity;
  identity.size = file.size.value_or(ByteCount{});
  identity.listed_time = file.modified;
  return Found(address_of(file, encode_twice_), std::move(identity));
}

reactor::Task<Found> DatastoreTree::find(Entry file) {
  const bool twice = encode_twice_;
  std::optional<Error> failure;
  for (const bool encoding : {twice, !twice}) {
    http::Address address = address_of(file, encoding);
    try {
      http::Identity identity = co_await client_.probe(address);
      if (encoding != twice) log_.info("{}: the server wants datacenter and datastore encoded differently", url_);
      encode_twice_ = encoding;
      identity.listed_time = file.modified;
      co_return Found(std::move(address), std::move(identity));
    } catch (const Error& error) {
      if (!failure) failure = error;
    }
    if (failure->kind() != ErrorKind::missing) break;
  }
  throw *failure;
}

reactor::Task<> DatastoreTree::close() { co_await session_->close(); }

}  // namespace rimfs::catalog::vsphere
