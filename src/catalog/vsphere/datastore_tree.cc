// SPDX-License-Identifier: MIT
#include "catalog/vsphere/datastore_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "catalog/file_name.h"
#include "catalog/web_index.h"
#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

using Path = std::vector<std::string>;

/// A search of a large folder takes a vCenter seconds; one of minutes will not end.
constexpr std::chrono::minutes kLongestSearch{2};
constexpr std::chrono::milliseconds kFirstPoll{10};
constexpr std::chrono::milliseconds kSlowestPoll{500};

/// "a%20b/c" as {"a b", "c"}.
Path names_of(std::string_view key) {
  Path names;
  while (!key.empty()) {
    const std::string_view part = key.substr(0, key.find('/'));
    key.remove_prefix(std::min(part.size() + 1, key.size()));
    if (!part.empty()) names.push_back(http::percent_decode(part));
  }
  return names;
}

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

Entries entries_of(const TaskState& search, const std::string& key) {
  Entries entries;
  for (const FoundFile& file : search.files) {
    auto entry = entry_below(key, file.path, file.folder);
    if (!entry) continue;
    // A descriptor may be told with the size of its whole disk: the file itself is asked.
    if (!file.folder && !file.disk_descriptor) entry->size = file.size;
    entry->modified = file.modified;
    entries.push_back(std::move(*entry));
  }
  return entries;
}

/// Some servers hide a disk's extents behind its descriptor.
bool hides_extents(const Entries& entries) {
  const auto is_disk = [](const Entry& entry) { return !entry.folder && entry.name.ends_with(".vmdk"); };
  const auto is_extent = [](const Entry& entry) { return is_disk_extent(entry.name); };
  return std::any_of(entries.begin(), entries.end(), is_disk) &&
         std::none_of(entries.begin(), entries.end(), is_extent);
}

/// Adds what only the page knows. Its links are kept by name: keys here are paths.
void add_missing(Entries& entries, const Entries& page, const std::string& key) {
  for (const Entry& other : page) {
    const bool known =
        std::any_of(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == other.name; });
    if (known) continue;
    auto entry = entry_below(key, other.name, other.folder);
    if (!entry) continue;
    entry->size = other.size;
    entry->modified = other.modified;
    entries.push_back(std::move(*entry));
  }
}

}  // namespace

DatastoreTree::DatastoreTree(std::string url, std::string folder, std::shared_ptr<Session> session,
                             reactor::EventLoop& loop, http::Client& client, Log& log)
    : url_(std::move(url)),
      folder_(std::move(folder)),
      session_(std::move(session)),
      loop_(loop),
      client_(client),
      log_(log) {}

Entry DatastoreTree::root() const { return Entry{"", true, folder_, {}, {}}; }

std::shared_ptr<const Inventory> DatastoreTree::inventory() const {
  const MutexLock lock(mutex_);
  return inventory_;
}

reactor::Task<> DatastoreTree::refresh_inventory() {
  co_await session_->open();
  const Document made = co_await session_->call(create_inventory_view(session_->service()));
  const Reference view = read_reference(made);
  std::vector<Document> parts;  // the properties point into them
  Properties properties;
  std::map<std::string, std::string> kinds;
  std::string request = retrieve_inventory(session_->service(), view);
  while (!request.empty()) {
    Document part = co_await session_->call(request);
    parts.push_back(std::move(part));
    const std::string token = read_objects(parts.back(), properties, kinds);
    request = token.empty() ? std::string() : continue_retrieval(session_->service(), token);
  }
  co_await session_->call(destroy_view(view));
  auto fresh = std::make_shared<const Inventory>(properties, kinds);
  const MutexLock lock(mutex_);
  inventory_ = std::move(fresh);
}

reactor::Task<Entries> DatastoreTree::list(Entry folder) {
  const Path path = names_of(folder.key);
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
  if (failure || hides_extents(entries)) {
    try {
      const Entries page = co_await read_page(place);
      add_missing(entries, page, folder.key);
    } catch (const Error& error) {
      if (failure) throw *failure;
      log_.info("{}: {}", datastore_path, error.message());
    }
  }
  make_unique(entries);
  co_return entries;
}

reactor::Task<Entries> DatastoreTree::browse(Reference browser, std::string datastore_path, std::string key) {
  const Document started = co_await session_->call(search_datastore(browser, datastore_path));
  const Reference task = read_reference(started);
  const TaskState search = co_await finished(task);
  if (search.progress == TaskState::Progress::success) co_return entries_of(search, key);
  const bool missing = search.fault.type == "FileNotFound";
  throw Error(missing ? ErrorKind::missing : ErrorKind::unsupported,
              fmt::format("{}: {} ({})", datastore_path, search.fault.sentence, search.fault.type));
}

reactor::Task<TaskState> DatastoreTree::finished(Reference task) {
  const auto deadline = loop_.now() + kLongestSearch;
  auto pause = kFirstPoll;
  for (;;) {
    const Document reply = co_await session_->call(retrieve_task(session_->service(), task));
    TaskState state = read_task(reply);
    if (state.progress != TaskState::Progress::running) co_return state;
    if (loop_.now() > deadline) throw Error(ErrorKind::timed_out, "the server does not finish listing a folder");
    co_await loop_.sleep(pause);
    pause = std::min(pause * 2, kSlowestPoll);
  }
}

/// The names of the folder's page. Tried with query values encoded once, then twice.
reactor::Task<Entries> DatastoreTree::read_page(const Place& place) {
  const bool twice = encode_twice_;
  for (const bool encoding : {twice, !twice}) {
    const std::string url = folder_url(place, true, encoding);
    WebIndex page(url, session_->access(), session_, client_);
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
  const Place place = known->find(names_of(file.key));
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
