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

/// Owns an open directory, and is the one way to open, make, rename and remove files for writing. A name is one
/// component, looked up in the directory that was opened, whatever becomes of its path meanwhile. No symbolic link is
/// followed. A file that is there already is opened only when it is a regular file of this user (the effective one)
/// with one link that nobody else may write to; otherwise Error{misuse} says what it is. A FIFO in its place is not
/// waited for. Throws Error{system} when the system refuses. Immutable; any thread.
class Directory {
 public:
  /// What to do about a directory that is not there.
  enum class Missing { make, fail };

  /// The directory at a path that the user named; links are followed. For names of files that a user gives.
  static Directory at(const std::string& path);
  /// The same for a directory whose content is believed: it must be this user's, nobody else may write to it, and the
  /// last component is no link. Made for the user alone.
  static Directory private_at(const std::string& path, Missing missing = Missing::make);
  /// A private directory in this one.
  Directory private_below(const std::string& name, Missing missing = Missing::make) const;

  /// For messages and for people.
  const std::string& path() const { return path_; }
  /// False once the directory was removed.
  bool is_linked() const;

  enum class Access { read, read_direct, write, append };
  /// The file of this name, nothing when there is none.
  std::optional<File> find(const std::string& name, Access access) const;
  /// The same; throws Error{missing} when there is none.
  File open(const std::string& name, Access access) const;
  /// The same, made when it is missing. `mode`: of a new file; access is write or append.
  File open_or_make(const std::string& name, Access access = Access::write, unsigned mode = 0600) const;
  /// A new, empty file; what had the name is removed.
  File make_new(const std::string& name) const;
  /// All of a file of `most` bytes at most; nothing when there is none. Throws Error{corrupt} when it is larger.
  std::optional<std::string> read_text(const std::string& name, ByteCount most) const;
  /// Gives a file new content whole or not at all: `write` fills a new file named `unfinished` (what had that name is
  /// removed), which is made durable before it takes `name`; then the name is made durable. Returns the new file. When
  /// any step fails, what had `name` stays, `unfinished` is removed, and the error is thrown on.
  File replace(const std::string& name, const std::string& unfinished, const std::function<void(File&)>& write) const;
  /// The same for a text, whatever other processes and threads write there meanwhile.
  void write_text(const std::string& name, std::string_view text) const;

  /// What is left on the file system for users without privilege.
  ByteCount free_space() const;
  /// True when something has this name, a link that leads nowhere, too.
  bool has(const std::string& name) const;
  /// What the file system gave a regular file of this name; zero when there is none.
  ByteCount allocated(const std::string& name) const;
  /// When a file was last written to; nothing when there is none.
  std::optional<std::chrono::system_clock::time_point> written_at(const std::string& name) const;
  /// Gives a file another name. What had that name goes.
  void rename(const std::string& from, const std::string& to) const;
  /// The same, but throws Error{misuse} when something has that name.
  void rename_to_new(const std::string& from, const std::string& to) const;
  /// What is no directory, if it is there. Never throws: for what is only in the way.
  void remove(const std::string& name) const noexcept;
  /// A directory and all files in it; directories in it are left, and it is left with them.
  void remove_directory(const std::string& name) const;
  /// The names of all that is in it.
  std::vector<std::string> names() const;
  /// Makes the names of its files durable, as far as the file system and the user's rights allow: without the right to
  /// list the directory, or on a file system that syncs no directories, it does nothing.
  void sync() const;

  /// What write_text() puts into the name of a file that is not whole yet: a crash may leave it.
  static constexpr std::string_view kUnfinished = ".new-";

 private:
  Directory(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}
  int fd() const { return descriptor_.get(); }
  std::string path_of(const std::string& name) const;
  void check_private() const;

  std::string path_;
  Descriptor descriptor_;
};

/// A path cut into the directory and the name in it. Throws Error{misuse} when it names no file: "", "/", "dir/", "..".
struct FilePath {
  std::string directory;
  std::string name;
};
FilePath split_path(const std::string& path);

/// The path without the slashes at its end; "/" stays.
std::string without_end_slashes(std::string path);

}  // namespace rimfs
