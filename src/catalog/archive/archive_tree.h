// SPDX-License-Identifier: MIT
// What lies in an archive, as folders and files: a member is a range of its archive, at the archive's own address. A
// file that is compressed in frames counts as an archive with one member, whose bytes have to be decompressed.
//
// The archive's index is read in steps through FileReader, and so through the caches: what it needs of the archive is
// in the disk cache afterwards, where the next mount finds it. It is read anew when the archive has become another
// version, which each listing of a folder and each look at a member asks for.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/thread_safety.h"
#include "catalog/archive/archive_content.h"
#include "catalog/file_reader.h"
#include "catalog/source_kind.h"
#include "catalog/tree.h"

namespace rimfs::catalog::archive {

/// The members of one archive, or of one folder in it. Reactor only, except listed() and origin().
class ArchiveTree final : public Tree {
 public:
  /// Where the archive is.
  struct Place {
    std::shared_ptr<Tree> tree;
    std::optional<Entry> entry;  ///< Nothing: the tree leads to one file, which is the archive.
  };

  /// `path`: what to show of it, names between "/"; empty: all. A file: the tree is that file. All that `services`
  /// refers to outlives the tree.
  ArchiveTree(Place place, std::string path, Services services);

  Entry root() const override { return Entry{"", true, "", {}, {}}; }
  reactor::Task<Entries> list(Entry folder) override;
  reactor::Task<std::optional<Entry>> only_file() override;
  Found listed(const Entry& file) const override;
  /// Throws Error{unreadable} for a member that is compressed or encrypted.
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return place_.tree->origin(); }
  reactor::Task<> close() override { return place_.tree->close(); }

 private:
  /// One version of the archive. Never changes.
  struct Known {
    Found archive;
    ArchiveContent content;
    std::string top;  ///< The key of what `path_` names.
    bool is_file;     ///< It is a file.
  };
  using Knowledge = std::shared_ptr<const Known>;
  /// An archive under its file's name.
  struct Named {
    std::string name;
    Found found;
  };
  /// The archive as it was found just now, and what is known of this version.
  struct Looked {
    Knowledge known;
    Found archive;
  };

  reactor::Task<Looked> look();
  reactor::Task<Named> find_archive();
  reactor::Task<Knowledge> read(Named archive);
  reactor::Task<ArchiveContent> read_content(const Found& archive, FileReader::File& file, std::string name);
  void log_warnings(const Known& known) const;
  Knowledge known() const;
  static Found found_in(const Known& known, const Found& archive, const std::string& key);

  // Constant after construction.
  const Place place_;
  const std::string path_;
  const Services services_;

  mutable Mutex mutex_;
  Knowledge known_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::catalog::archive
