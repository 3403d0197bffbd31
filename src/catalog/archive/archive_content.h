// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archives/frames.h"
#include "archives/index.h"
#include "catalog/entry.h"

namespace rimfs::catalog::archive {

/// What an archive contains, as folders and files with safe names. A file that is compressed in frames is an archive
/// with one member. Never changes; any thread.
class ArchiveContent {
 public:
  /// One file. A plain value.
  struct File {
    Offset offset{};
    ByteCount size;
    std::optional<std::int64_t> modified;                ///< Seconds since 1970.
    std::string refusal;                                 ///< Why it cannot be read; empty: it can be.
    std::shared_ptr<const archives::FrameTable> frames;  ///< Of a file that has to be decompressed, otherwise null.
  };

  /// Names are made safe as those of a server are. A member of a name that leads nowhere ("..") is left out.
  /// Throws Error{unreadable} when the names need too much memory.
  explicit ArchiveContent(archives::Index index);
  /// The one member of a compressed file.
  ArchiveContent(std::string name, std::shared_ptr<const archives::FrameTable> frames);

  /// The path of a member as its key has it: without "." and "//". Nothing for one that leads out of the archive, or
  /// has too many parts. Pure.
  static std::optional<std::string> plain_path(std::string_view path);
  /// A path with the names that list() shows, as far as no two members have one name. Pure.
  static std::string shown_path(std::string_view path);

  /// What is in the folder of this key; "" is the archive itself. Null when there is no such folder.
  const Entries* list(std::string_view key) const;
  /// The file of this key; null when there is none.
  const File* find(std::string_view key) const;
  /// The entry of a path: names between "/", as list() shows them or as the archive has them. Nothing when there is
  /// none.
  std::optional<Entry> at(std::string_view path) const;
  /// What the archive's index has that is not shown, or shown with a reason.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void add(archives::Member member);
  void add_folder(std::string key);
  void add_entry(const std::string& folder, Entry entry);

  // Constant after construction. A file's key is its plain path as the archive has it; a folder's key has a "/" at its
  // end, that of the root is "".
  std::unordered_map<std::string, Entries> folders_;
  std::unordered_map<std::string, File> files_;
  std::vector<std::string> warnings_;
  ByteCount bytes_;  // of all names and keys
};

}  // namespace rimfs::catalog::archive
