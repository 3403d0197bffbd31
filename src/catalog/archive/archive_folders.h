// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/thread_safety.h"
#include "catalog/source_kind.h"
#include "catalog/tree.h"

namespace rimfs::catalog::archive {

/// Another tree whose archives are folders: files whose names are those of archives (archive_name.h). So are archives
/// in archives. One that cannot be read as an archive is a file again, from the next listing on. Reactor only, except
/// listed(), origin() and tree_of().
class ArchiveFolders final : public Tree {
 public:
  /// All that `services` refers to outlives the tree.
  ArchiveFolders(std::shared_ptr<Tree> tree, Services services) : tree_(std::move(tree)), services_(services) {}

  Entry root() const override { return tree_->root(); }
  reactor::Task<Entries> list(Entry folder) override;
  /// Nothing when it is an archive: that is a folder in the root then.
  reactor::Task<std::optional<Entry>> only_file() override;
  Found listed(const Entry& file) const override { return tree_->listed(file); }
  reactor::Task<Found> find(Entry file) override { return tree_->find(std::move(file)); }
  std::string origin() const override { return tree_->origin(); }
  bool is_optional(const Entry& entry) const override { return tree_->is_optional(entry); }
  bool constant() const override { return tree_->constant(); }
  std::shared_ptr<Tree> tree_of(const Entry& folder) const override;
  reactor::Task<std::optional<Machines>> machines(Entry folder) override { return tree_->machines(std::move(folder)); }
  reactor::Task<> close() override { return tree_->close(); }

 private:
  /// Files that look like archives by name only, as they were listed then.
  class OnlyFiles {
   public:
    bool contains(const Entry& file) const;
    void add(const Entry& file);

   private:
    static std::string version_of(const Entry& file);

    mutable Mutex mutex_;
    std::unordered_set<std::string> versions_ RIMFS_GUARDED_BY(mutex_);
  };

  bool is_archive(const Entry& file) const;

  // Constant after construction.
  const std::shared_ptr<Tree> tree_;
  const Services services_;
  const std::shared_ptr<OnlyFiles> only_files_ = std::make_shared<OnlyFiles>();  // shared with the archives' trees
};

}  // namespace rimfs::catalog::archive
