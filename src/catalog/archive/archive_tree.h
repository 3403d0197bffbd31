// SPDX-License-Identifier: MIT
// What lies in an archive, as folders and files: a member is a range of its archive, at the archive's own address. A
// file that is compressed in frames counts as an archive with one member, whose bytes have to be decompressed.
//
// The archive's index is read in steps through FileReader, and so through the caches: what it needs of the archive is
// in the disk cache afterwards, where the next mount finds it. It is read anew when the archive has become another
// version. Each listing asks for that; a look at a member does unless that was asked a moment ago.
#pragma once

#include <functional>
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
    /// Called when the file turns out to be no archive that can be read. May be empty.
    std::function<void()> on_unreadable = {};
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
  using Time = std::chrono::steady_clock::time_point;

  /// One version of the archive. Never changes.
  struct Known {
    Found archive;
    ArchiveContent content;
    Entry top;  ///< What `path_` names.
    /// Keeps the local copy of a file without ranges, which the members share; null for other files.
    std::shared_ptr<FileReader::File> copy;
  };
  using Knowledge = std::shared_ptr<const Known>;
  /// An archive under its file's name.
  struct Named {
    std::string name;
    Found found;
  };
  /// The archive as it was found last, and what is known of this version.
  struct Looked {
    Knowledge known;
    std::shared_ptr<const Found> archive;
  };

  reactor::Task<Looked> look();
  reactor::Task<Looked> look_once();
  reactor::Task<Looked> look_unless_just_done();
  reactor::Task<Named> find_archive();
  reactor::Task<Found> last_known(Entry entry, Error failure);
  reactor::Task<Knowledge> read(Named archive);
  reactor::Task<> replace(Knowledge now);
  Error unknown_path(const ArchiveContent& content) const;
  Knowledge known() const;
  static Found found_in(const Known& known, const Found& archive, const std::string& key);

  // Constant after construction.
  const Place place_;
  const std::string path_;
  const Services services_;

  // Reactor only.
  std::shared_ptr<const Found> last_found_;
  Time last_looked_ = Time::min();

  mutable Mutex mutex_;
  Knowledge known_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::catalog::archive
