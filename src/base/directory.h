// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/file.h"

namespace rimfs {

/// What is left to other programs on a file system that caches and downloads are written to.
inline constexpr ByteCount kLeftFree = 256_MiB;

/// Owns an open directory. All files that are opened for writing, made, renamed or removed go through this class. A
/// name is one component, looked up in the open directory, also when its path has changed. Symbolic links are not
/// followed. An existing file is opened only if it is a regular file with one link that belongs to the effective user
/// and that no other user may write to; otherwise throws Error{misuse} with the reason. Opening a FIFO does not block.
/// Throws Error{system} when the system refuses. Immutable; any thread.
class Directory {
 public:
  /// The action when a directory does not exist.
  enum class Missing { make, fail };

  /// Opens the directory at a path that the user named, for files whose names the user provides. Follows links.
  static Directory at(const std::string& path);
  /// Opens a directory whose content is trusted: it must belong to this user, no other user may write to it, and the
  /// last component must not be a link. It and the directories on the way to it are made with access for this user
  /// only.
  static Directory private_at(const std::string& path, Missing missing = Missing::make);
  /// Opens or makes a private directory inside this one.
  Directory private_below(const std::string& name, Missing missing = Missing::make) const;

  /// The path for messages and display.
  const std::string& path() const { return path_; }
  /// False after the directory was removed.
  bool is_linked() const;

  enum class Access { read, read_direct, write, append };
  /// Opens the file with this name; returns nothing when it does not exist.
  std::optional<File> find(const std::string& name, Access access) const;
  /// Opens the file with this name; throws Error{missing} when it does not exist.
  File open(const std::string& name, Access access) const;
  /// Opens the file with this name, or makes it when it does not exist. `access` is write or append; `mode` applies to
  /// a new file.
  File open_or_make(const std::string& name, Access access = Access::write, unsigned mode = 0600) const;
  /// Makes a new, empty file. Removes an existing file with this name.
  File make_new(const std::string& name) const;
  /// The whole text of a file of at most `most` bytes; nothing when it does not exist. Throws Error{corrupt} when it is
  /// larger.
  std::optional<std::string> read_text(const std::string& name, ByteCount most) const;
  /// Replaces the content of a file atomically. `write` fills a new file named `unfinished`; an existing file of that
  /// name is removed first. The new file is made durable and renamed to `name`; then the name is made durable. Returns
  /// the new file. When a step before the rename completes fails, the file `name` keeps its content, `unfinished` is
  /// removed, and the error is rethrown.
  File replace(const std::string& name, const std::string& unfinished, const std::function<void(File&)>& write) const;
  /// Replaces the content of a file with `text` atomically. Safe when other processes and threads write the same file.
  void write_text(const std::string& name, std::string_view text) const;

  /// The free space of the file system that is available to unprivileged users.
  ByteCount free_space() const;
  /// True when an entry with this name exists, including a dangling symbolic link.
  bool has(const std::string& name) const;
  /// The space that the file system allocated to a regular file with this name; zero when there is none.
  ByteCount allocated(const std::string& name) const;
  /// The time of the last write to a file; nothing when it does not exist.
  std::optional<std::chrono::system_clock::time_point> written_at(const std::string& name) const;
  /// Renames a file. Replaces an existing file named `to`.
  void rename(const std::string& from, const std::string& to) const;
  /// Renames a file. Throws Error{misuse} when an entry named `to` exists.
  void rename_to_new(const std::string& from, const std::string& to) const;
  /// Removes an entry that is not a directory, if it exists. Never throws: the caller does not depend on the removal.
  void remove(const std::string& name) const noexcept;
  /// Removes a directory and all files in it. Subdirectories are not removed; removing `name` then fails.
  void remove_directory(const std::string& name) const;
  /// The names of all entries in the directory.
  std::vector<std::string> names() const;
  /// Makes the names of its files durable as far as the file system and the user's rights allow. Does nothing without
  /// the right to list the directory, or on a file system that cannot sync directories.
  void sync() const;

  /// The part of the name by which write_text() marks an unfinished file. A crash may leave such a file.
  static constexpr std::string_view kUnfinished = ".new-";

 private:
  Directory(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  int fd() const { return descriptor_.get(); }
  std::string path_of(const std::string& name) const;
  void check_private() const;

  std::string path_;
  Descriptor descriptor_;
};

/// A path split into a directory and a name in it. Throws Error{misuse} when the path does not name a file: "", "/",
/// "dir/", "..".
struct FilePath {
  std::string directory;
  std::string name;
};
FilePath split_path(const std::string& path);

/// The path without trailing slashes; "/" is unchanged.
std::string without_end_slashes(std::string path);

}  // namespace rimfs
