// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_folders.h"

#include <fmt/format.h>

#include <string_view>

#include "base/work.h"
#include "catalog/archive/archive_name.h"
#include "catalog/archive/archive_tree.h"

namespace rimfs::catalog::archive {
namespace {

/// Before the key of a folder that is an archive in the other tree. No tree has such a key.
constexpr std::string_view kMark{"\0archive\0", 9};

/// More files that are no archives than these are looked at again and again.
constexpr std::size_t kMostOnlyFiles = 100'000;

}  // namespace

/// A file that was being written then may be an archive now.
std::string ArchiveFolders::OnlyFiles::version_of(const Entry& file) {
  return fmt::format("{} {} {}", file.size.value_or(ByteCount{}).value, file.modified.value_or(0), file.key);
}

bool ArchiveFolders::OnlyFiles::contains(const Entry& file) const {
  const MutexLock lock(mutex_);
  return versions_.contains(version_of(file));
}

void ArchiveFolders::OnlyFiles::add(const Entry& file) {
  const MutexLock lock(mutex_);
  if (versions_.size() < kMostOnlyFiles) versions_.insert(version_of(file));
}

bool ArchiveFolders::is_archive(const Entry& file) const {
  return !file.folder && is_archive_name(file.name) && !only_files_->contains(file);
}

reactor::Task<Entries> ArchiveFolders::list(Entry folder) {
  Entries entries = co_await tree_->list(std::move(folder));
  count_work(entries.size());
  for (Entry& entry : entries) {
    if (!is_archive(entry)) continue;
    entry.folder = true;
    entry.key.insert(0, kMark);
  }
  co_return entries;
}

reactor::Task<std::optional<Entry>> ArchiveFolders::only_file() {
  std::optional<Entry> file = co_await tree_->only_file();
  if (file && is_archive(*file)) file.reset();
  co_return file;
}

std::shared_ptr<Tree> ArchiveFolders::tree_of(const Entry& folder) const {
  if (!folder.key.starts_with(kMark)) return tree_->tree_of(folder);
  Entry file = folder;
  file.folder = false;
  file.key.erase(0, kMark.size());
  std::function<void()> on_unreadable = [files = only_files_, file] { files->add(file); };
  ArchiveTree::Place place{tree_, std::move(file), std::move(on_unreadable)};
  auto members = std::make_shared<ArchiveTree>(std::move(place), "", services_);
  return std::make_shared<ArchiveFolders>(std::move(members), services_);
}

}  // namespace rimfs::catalog::archive
