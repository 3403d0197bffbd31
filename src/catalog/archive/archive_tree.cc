// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_tree.h"

#include <fmt/format.h>

#include <utility>

#include "base/printable.h"
#include "base/work.h"
#include "catalog/archive/archive_index.h"
#include "reactor/compute.h"

namespace rimfs::catalog::archive {
namespace {

constexpr std::size_t kMostNamesInMessage = 10;
constexpr std::size_t kLongestShown = 200;

/// Whether an archive that was found is the version that is known.
bool is_version(const Found& known, const Found& now) {
  return known.identity.is_kept_as(now.identity) && known.identity.size == now.identity.size &&
         known.offset == now.offset && known.length == now.length &&
         known.address.id().request == now.address.id().request;
}

/// The archive for messages: "https://h/a.ova", "https://h/a.tar!/b.ova".
std::string shown(const Found& archive) { return archive.address.shown().text() + archive.inside; }

std::string shown_key(const std::string& key) { return printable(key).substr(0, kLongestShown); }

}  // namespace

ArchiveTree::ArchiveTree(Place place, std::string path, Services services)
    : place_(std::move(place)), path_(std::move(path)), services_(services) {}

ArchiveTree::Knowledge ArchiveTree::known() const {
  const MutexLock lock(mutex_);
  return known_;
}

reactor::Task<ArchiveTree::Named> ArchiveTree::find_archive() {
  constexpr const char* kAdvice = "\"!/\" names a member of an archive; write %21/ where it is part of the URL";
  std::optional<Entry> entry = place_.entry;
  if (!entry) {
    entry = co_await place_.tree->only_file();
  }
  if (!entry)
    throw Error(ErrorKind::folder, fmt::format("an archive is expected here, and this is a folder; {}", kAdvice));
  std::optional<Error> failure;
  try {
    Found found = co_await place_.tree->find(*entry);
    found.identity.listed_time.reset();  // that of a listing when the folder was made
    co_return Named{entry->name, std::move(found)};
  } catch (const Error& error) {
    failure = error;
  }
  if (is_connection_failure(failure->kind())) {
    Found found = co_await last_known(*entry, *failure);
    co_return Named{entry->name, std::move(found)};
  }
  const bool is_first = failure->kind() == ErrorKind::missing && !known();
  if (is_first) throw Error(failure->kind(), fmt::format("{}; {}", failure->message(), kAdvice));
  throw *failure;
}

/// The version that the disk cache has. Throws `failure` when there is none, or the user does not want that.
reactor::Task<Found> ArchiveTree::last_known(Entry entry, Error failure) {
  Found found = place_.tree->listed(entry);
  const std::optional<http::Identity> identity = co_await services_.files->last_known(found, failure);
  if (!identity) throw failure;
  const Knowledge now = known();
  Found last = now ? now->archive : found;
  if (!now) last.identity = *identity;
  last.identity.listed_time.reset();
  last.offline = true;
  last.asked_at.reset();
  co_return last;
}

/// Asks for the archive, and reads its index when it is another version than the known one. It may become another one
/// meanwhile, once.
reactor::Task<ArchiveTree::Looked> ArchiveTree::look() {
  bool changed = false;
  try {
    Looked looked = co_await look_once();
    co_return looked;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unreadable && place_.on_unreadable) place_.on_unreadable();
    changed = error.kind() == ErrorKind::changed;
    if (!changed) throw;
  }
  Looked looked = co_await look_once();
  co_return looked;
}

reactor::Task<ArchiveTree::Looked> ArchiveTree::look_once() {
  Named archive = co_await find_archive();
  Knowledge now = known();
  const bool is_first = !now;
  const auto asked_at = archive.found.asked_at.value_or(services_.loop.now());
  archive.found.asked_at = asked_at;
  const auto found = std::make_shared<const Found>(archive.found);
  if (is_first || !is_version(now->archive, archive.found)) {
    now = co_await read(std::move(archive));
    co_await replace(now);
    for (const std::string& warning : now->content.warnings()) {
      if (is_first) services_.log.warning("{}: {}", shown(now->archive), warning);
    }
  }
  last_found_ = found;
  last_looked_ = asked_at;
  co_return Looked{now, found};
}

/// A version that was asked for within the time that an open accepts is the archive's for all of its members.
reactor::Task<ArchiveTree::Looked> ArchiveTree::look_unless_just_done() {
  const Knowledge now = known();
  const bool is_fresh = now && last_found_ && is_version(now->archive, *last_found_) &&
                        services_.loop.now() < last_looked_ + services_.client.options().revalidate_after;
  if (is_fresh) co_return Looked{now, last_found_};
  Looked looked = co_await look();
  co_return looked;
}

/// The version before may be large, so it is freed on the pool.
reactor::Task<> ArchiveTree::replace(Knowledge now) {
  Knowledge before = now;
  {
    const MutexLock lock(mutex_);
    known_.swap(before);
  }
  reactor::Offload::Work free = [&before] { before.reset(); };
  auto freed = services_.pool.run(std::move(free));
  co_await freed;
}

reactor::Task<ArchiveTree::Knowledge> ArchiveTree::read(Named archive) {
  try {
    const std::shared_ptr<FileReader::File> file = co_await services_.files->open(archive.found);
    ArchiveQuestion question{archive.name, path_, archive.found.compressed.has_value()};
    ArchiveContent content = co_await read_archive(*file, std::move(question), services_.pool);
    const std::optional<Entry> top = content.at(path_);
    if (!top) throw unknown_path(content);
    Entry entry = *top;
    std::shared_ptr<FileReader::File> copy = archive.found.identity.only_whole ? file : nullptr;
    co_return std::make_shared<const Known>(
        Known{std::move(archive.found), std::move(content), std::move(entry), std::move(copy)});
  } catch (const Error& error) {
    const bool has_address = error.message().starts_with(archive.found.address.shown().text());  // that of a read
    throw Error(error.kind(),
                has_address ? error.message() : fmt::format("{}: {}", shown(archive.found), error.message()));
  }
}

Error ArchiveTree::unknown_path(const ArchiveContent& content) const {
  std::string members;
  std::size_t count = 0;
  for (const Entry& entry : *content.list("")) {
    if (++count > kMostNamesInMessage) break;
    members += fmt::format("{}{}", members.empty() ? "" : ", ", entry.name);
  }
  return {ErrorKind::missing, fmt::format("the archive has no member {}; it has {}{}", shown_key(path_), members,
                                          count > kMostNamesInMessage ? ", ..." : "")};
}

/// Copying a large folder is work for the pool.
reactor::Task<Entries> ArchiveTree::list(Entry folder) {
  const Looked looked = co_await look();
  const Known& now = *looked.known;
  if (!now.top.folder) {
    Entries entries{now.top};
    co_return entries;
  }
  const Entries* entries = now.content.list(folder.key.empty() ? now.top.key : folder.key);
  if (!entries) {
    throw Error(ErrorKind::missing,
                fmt::format("{}: the archive has no folder {} any more", shown(now.archive), shown_key(folder.key)));
  }
  std::function<Entries()> copy = [entries] {
    count_work(entries->size());
    return *entries;
  };
  Entries copied = co_await reactor::compute(services_.pool, std::move(copy));
  co_return copied;
}

reactor::Task<std::optional<Entry>> ArchiveTree::only_file() {
  Knowledge now = known();
  if (!now) {
    const Looked looked = co_await look();
    now = looked.known;
  }
  if (now->top.folder) co_return std::nullopt;
  co_return now->top;
}

/// `archive`: as it was found last.
Found ArchiveTree::found_in(const Known& known, const Found& archive, const std::string& key) {
  const ArchiveContent::File* member = known.content.find(key);
  if (!member) {
    throw Error(ErrorKind::missing,
                fmt::format("{}: the archive has no member {} any more", shown(archive), shown_key(key)));
  }
  Found found = archive;
  found.prefetch_all = false;
  found.modified = member->modified;
  found.refusal = member->refusal;
  found.inside += "!/" + shown_key(key);
  found.length = member->size;
  if (member->frames) {
    found.compressed = CompressedPart{member->frames, archive.offset};
    found.offset = Offset{};
  } else {
    found.offset = archive.offset + ByteCount{member->offset.value};
  }
  return found;
}

Found ArchiveTree::listed(const Entry& file) const {
  const Knowledge now = known();
  if (!now) throw Error(ErrorKind::missing, file.name + ": its archive has not been read");
  return found_in(*now, now->archive, file.key);
}

reactor::Task<Found> ArchiveTree::find(Entry file) {
  const Looked looked = co_await look_unless_just_done();
  Found found = found_in(*looked.known, *looked.archive, file.key);
  if (!found.refusal.empty()) throw Error(ErrorKind::unreadable, fmt::format("{}: {}", shown(found), found.refusal));
  co_return found;
}

}  // namespace rimfs::catalog::archive
