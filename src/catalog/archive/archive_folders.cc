// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_folders.h"

#include <string_view>

#include "base/work.h"
#include "catalog/archive/archive_name.h"
#include "catalog/archive/archive_tree.h"

namespace rimfs::catalog::archive {
namespace {

/// Before the key of a folder that is an archive in the other tree. No tree has such a key.
constexpr std::string_view kMark{"\0archive\0", 9};

}  // namespace

/// A tree that is one file stays one: the user named that file.
reactor::Task<Entries> ArchiveFolders::list(Entry folder) {
  Entries entries = co_await tree_->list(std::move(folder));
  const std::optional<Entry> only_file = co_await tree_->only_file();
  if (only_file) co_return entries;
  count_work(entries.size());
  for (Entry& entry : entries) {
    if (entry.folder || !is_archive_name(entry.name)) continue;
    entry.folder = true;
    entry.key.insert(0, kMark);
  }
  co_return entries;
}

std::shared_ptr<Tree> ArchiveFolders::tree_of(const Entry& folder) const {
  if (!folder.key.starts_with(kMark)) return tree_->tree_of(folder);
  Entry file = folder;
  file.folder = false;
  file.key.erase(0, kMark.size());
  auto members = std::make_shared<ArchiveTree>(ArchiveTree::Place{tree_, std::move(file)}, "", services_);
  return std::make_shared<ArchiveFolders>(std::move(members), services_);
}

}  // namespace rimfs::catalog::archive
