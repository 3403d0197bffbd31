// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_tree.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "archives/archive_kind.h"
#include "base/ascii.h"
#include "catalog/archive/archive_name.h"
#include "catalog/archive/index_window.h"
#include "reactor/compute.h"

namespace rimfs::catalog::archive {
namespace {

constexpr std::size_t kMostNamesInMessage = 10;

/// Whether an archive that was found is the version that is known.
bool is_version(const Found& known, const Found& now) {
  return known.identity.is_kept_as(now.identity) && known.identity.size == now.identity.size &&
         known.offset == now.offset && known.length == now.length &&
         known.address.id().request == now.address.id().request;
}

std::string advice_for(archives::ArchiveKind kind) {
  using archives::ArchiveKind;
  if (kind == ArchiveKind::unknown)
    return "it is no tar, zip, xz or zstd file; leave out \"!/\", or mount it as a file";
  return fmt::format(
      "it is {}, which cannot be read in parts; store its content as tar or zip -0, or compress it with "
      "xz --block-size=16MiB",
      archives::name_of(kind));
}

/// Runs the steps of a reader: reads what it wants, until it wants nothing more. The parsing runs on the pool.
template <typename Reader>
reactor::Task<> run_steps(Reader& reader, FileReader::File& file, reactor::Offload& pool) {
  IndexWindow windows(file.size());
  for (std::optional<ByteRange> wanted = reader.wanted(); wanted; wanted = reader.wanted()) {
    const ByteRange window = windows.next(*wanted);
    const std::vector<std::byte> bytes = co_await file.read(window, window.size());
    std::function<bool()> take = [&] {
      reader.take(window.begin, bytes);
      return true;
    };
    co_await reactor::compute(pool, std::move(take));
  }
}

}  // namespace

ArchiveTree::ArchiveTree(Place place, std::string path, Services services)
    : place_(std::move(place)), path_(std::move(path)), services_(services) {}

ArchiveTree::Knowledge ArchiveTree::known() const {
  const MutexLock lock(mutex_);
  return known_;
}

reactor::Task<ArchiveTree::Named> ArchiveTree::find_archive() {
  std::optional<Entry> entry = place_.entry;
  if (!entry) {
    entry = co_await place_.tree->only_file();
  }
  if (!entry) throw Error(ErrorKind::folder, "an archive is expected here, and this is a folder; leave out \"!/\"");
  Found found = co_await place_.tree->find(*entry);
  co_return Named{entry->name, std::move(found)};
}

/// Asks for the archive, and reads its index when it is another version than the known one.
reactor::Task<ArchiveTree::Looked> ArchiveTree::look() {
  Named archive = co_await find_archive();
  Knowledge before = known();
  if (before && is_version(before->archive, archive.found)) co_return Looked{before, std::move(archive.found)};
  Knowledge now = co_await read(archive);
  {
    const MutexLock lock(mutex_);
    known_ = now;
  }
  if (!before) log_warnings(*now);
  co_return Looked{now, std::move(archive.found)};
}

reactor::Task<ArchiveTree::Knowledge> ArchiveTree::read(Named archive) {
  const std::string shown = archive.found.address.shown().text();
  try {
    const std::shared_ptr<FileReader::File> file = co_await services_.files->open(archive.found);
    ArchiveContent content = co_await read_content(archive.found, *file, archive.name);
    const std::optional<Entry> top = content.at(path_);
    if (!top) {
      std::string members;
      std::size_t count = 0;
      for (const Entry& entry : *content.list("")) {
        if (++count > kMostNamesInMessage) break;
        members += fmt::format("{}{}", members.empty() ? "" : ", ", entry.name);
      }
      throw Error(ErrorKind::missing, fmt::format("the archive has no member {}; it has {}{}", path_, members,
                                                  count > kMostNamesInMessage ? ", ..." : ""));
    }
    co_return std::make_shared<const Known>(
        Known{std::move(archive.found), std::move(content), top->key, !top->folder});
  } catch (const Error& error) {
    if (error.message().starts_with(shown)) throw;
    const bool cannot = error.kind() == ErrorKind::unsupported;
    throw Error(cannot ? ErrorKind::unreadable : error.kind(), fmt::format("{}: {}", shown, error.message()));
  }
}

reactor::Task<ArchiveContent> ArchiveTree::read_content(const Found& archive, FileReader::File& file,
                                                        std::string name) {
  using archives::ArchiveKind;
  if (file.size().is_zero()) throw Error(ErrorKind::unreadable, "the archive is empty: it has 0 bytes");
  const ByteRange beginning =
      ByteRange{Offset{}, Offset{archives::kArchiveBeginning.value}}.intersect({Offset{}, Offset{file.size().value}});
  const std::vector<std::byte> first = co_await file.read(beginning, IndexWindow::kFirst);
  const ArchiveKind kind = archives::archive_kind(first);
  if (kind == ArchiveKind::xz || kind == ArchiveKind::zstd) {
    if (archive.compressed) throw Error(ErrorKind::unreadable, "it is compressed twice; decompress it first");
    const auto compression = kind == ArchiveKind::xz ? archives::Compression::xz : archives::Compression::zstd;
    const auto reader = archives::make_frame_table_reader(compression, file.size());
    co_await run_steps(*reader, file, services_.pool);
    auto frames = std::make_shared<const archives::FrameTable>(reader->finish());
    co_return ArchiveContent(content_name(name), std::move(frames));
  }
  std::unique_ptr<archives::IndexReader> reader;
  if (kind == ArchiveKind::tar) reader = archives::make_tar_reader(file.size());
  // A program may stand before a zip archive; what counts is its end.
  const bool is_zip = kind == ArchiveKind::zip || (kind == ArchiveKind::unknown && lower(name).ends_with(".zip"));
  if (is_zip) reader = archives::make_zip_reader(file.size());
  if (!reader) throw Error(ErrorKind::unreadable, advice_for(kind));
  co_await run_steps(*reader, file, services_.pool);
  std::function<ArchiveContent()> arrange = [&] { return ArchiveContent(reader->finish()); };
  ArchiveContent content = co_await reactor::compute(services_.pool, std::move(arrange));
  co_return content;
}

void ArchiveTree::log_warnings(const Known& known) const {
  for (const std::string& warning : known.content.warnings()) {
    services_.log.warning("{}: {}", known.archive.address.shown(), warning);
  }
}

reactor::Task<Entries> ArchiveTree::list(Entry folder) {
  const Looked looked = co_await look();
  const Known& now = *looked.known;
  if (now.is_file) {
    Entries entries{*now.content.at(path_)};
    co_return entries;
  }
  const Entries* entries = now.content.list(folder.key.empty() ? now.top : folder.key);
  if (!entries) {
    throw Error(ErrorKind::missing,
                fmt::format("{}: the archive has no folder {} any more", now.archive.address.shown(), folder.key));
  }
  co_return *entries;
}

reactor::Task<std::optional<Entry>> ArchiveTree::only_file() {
  Knowledge now = known();
  if (!now) {
    const Looked looked = co_await look();
    now = looked.known;
  }
  if (!now->is_file) co_return std::nullopt;
  co_return now->content.at(path_);
}

/// `archive`: as it was found last.
Found ArchiveTree::found_in(const Known& known, const Found& archive, const std::string& key) {
  const ArchiveContent::File* member = known.content.find(key);
  if (!member) {
    throw Error(ErrorKind::missing,
                fmt::format("{}: the archive has no member {} any more", archive.address.shown(), key));
  }
  Found found = archive;
  found.prefetch_all = false;
  found.modified = member->modified;
  if (!member->refusal.empty()) {
    // Its size is shown; find() says why its bytes are not.
    found.offset = Offset{};
    found.length = member->size;
    found.identity.size = std::max(found.identity.size, member->size);
    found.compressed.reset();
  } else if (member->frames) {
    found.compressed = CompressedPart{member->frames, archive.offset};
    found.offset = Offset{};
    found.length = member->size;
  } else {
    found.offset = archive.offset + ByteCount{member->offset.value};
    found.length = member->size;
  }
  return found;
}

Found ArchiveTree::listed(const Entry& file) const {
  const Knowledge now = known();
  if (!now) throw Error(ErrorKind::missing, file.name + ": its archive has not been read");
  return found_in(*now, now->archive, file.key);
}

reactor::Task<Found> ArchiveTree::find(Entry file) {
  const Looked looked = co_await look();
  const ArchiveContent::File* member = looked.known->content.find(file.key);
  if (member && !member->refusal.empty()) {
    throw Error(ErrorKind::unreadable,
                fmt::format("{}!/{}: {}", looked.archive.address.shown(), file.key, member->refusal));
  }
  co_return found_in(*looked.known, looked.archive, file.key);
}

}  // namespace rimfs::catalog::archive
