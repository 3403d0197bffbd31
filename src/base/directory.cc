// SPDX-License-Identifier: MIT
#include "base/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <span>

namespace rimfs {
namespace {

/// Retries when a file appears or disappears between two calls.
constexpr int kMostTurns = 16;

std::string_view kind_of(const struct stat& found) {
  if (S_ISLNK(found.st_mode)) return "it is a symbolic link";
  if (S_ISDIR(found.st_mode)) return "it is a directory";
  if (S_ISREG(found.st_mode)) return "it is a regular file";
  return "it is not a regular file";
}

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw Error(ErrorKind::misuse, fmt::format("{}: {}; rimfs opens only a regular file of this user with one name that "
                                             "no other user may write to: remove it or use another directory",
                                             path, why));
}

/// Throws unless the open file belongs to this user and no other user can write to it or can have linked it here.
void check_file(int fd, const std::string& path) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) throw system_error("examining " + path, errno);
  if (!S_ISREG(found.st_mode)) refuse(path, kind_of(found));
  if (found.st_uid != ::geteuid()) refuse(path, "it belongs to another user");
  if (found.st_nlink > 1) refuse(path, "it has several names (hard links)");
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) refuse(path, "others may write to it");
}

int flags_of(Directory::Access access) {
  // O_NONBLOCK: opening a FIFO must not block. Regular files ignore the flag.
  constexpr int kAlways = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  switch (access) {
    case Directory::Access::read:
      return kAlways | O_RDONLY;
    case Directory::Access::read_direct:
      return kAlways | O_RDONLY | O_DIRECT;
    case Directory::Access::append:
      return kAlways | O_WRONLY | O_APPEND;
    case Directory::Access::write:
      break;
  }
  return kAlways | O_RDWR;
}

/// Makes the directories on the way to `path`, and `path` itself, for this user only. Ignores failures: whoever opens
/// `path` next gets the reason.
void make_with_parents(const std::string& path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    ::mkdir(path.substr(0, end).c_str(), 0700);
  }
  ::mkdir(path.c_str(), 0700);
}

/// Gets the attributes of an entry; returns false when it does not exist.
bool look(int directory, const std::string& name, struct stat& found, const std::string& path) {
  if (::fstatat(directory, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno != ENOENT) throw system_error("examining " + path, errno);
  return false;
}

}  // namespace

// ---- Directories

Directory Directory::at(const std::string& path) {
  Descriptor opened(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) throw system_error("opening " + path, errno);
  return Directory(path, std::move(opened));
}

Directory Directory::private_at(const std::string& path, Missing missing) {
  const std::string whole = without_end_slashes(path);
  if (whole == "/") throw Error(ErrorKind::misuse, "/: not a directory of this program's own");
  const FilePath parts = split_path(whole);
  if (missing == Missing::make) make_with_parents(parts.directory);
  return Directory::at(parts.directory).private_below(parts.name, missing);
}

Directory Directory::private_below(const std::string& name, Missing missing) const {
  const std::string path = path_of(name);
  if (missing == Missing::make && ::mkdirat(fd(), name.c_str(), 0700) != 0 && errno != EEXIST)
    throw system_error("making " + path, errno);
  Descriptor descriptor(::openat(fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor.is_open() && (errno == ENOTDIR || errno == ELOOP)) {
    struct stat found {};
    const bool there = look(fd(), name, found, path);
    throw Error(ErrorKind::misuse, fmt::format("{}: not a directory{}", path,
                                               there && S_ISLNK(found.st_mode)
                                                   ? " but a symbolic link; name the directory that it leads to"
                                                   : ""));
  }
  if (!descriptor.is_open()) throw system_error("opening " + path, errno);
  Directory opened(path, std::move(descriptor));
  opened.check_private();
  return opened;
}

void Directory::check_private() const {
  struct stat found {};
  if (::fstat(fd(), &found) != 0) throw system_error("examining " + path_, errno);
  const bool ours = found.st_uid == ::geteuid();
  if (ours && (found.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw Error(ErrorKind::misuse,
              fmt::format("{}: {}; a cache directory must be writable by its owner alone: chmod 700 {}", path_,
                          ours ? "others may write to it" : "it belongs to another user", path_));
}

bool Directory::is_linked() const {
  struct stat found {};
  if (::fstat(fd(), &found) != 0) throw system_error("examining " + path_, errno);
  return found.st_nlink > 0;
}

std::string Directory::path_of(const std::string& name) const {
  const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
  if (!plain) throw Error(ErrorKind::misuse, fmt::format("{}/{}: not the name of a file", path_, name));
  return path_.ends_with('/') ? path_ + name : path_ + "/" + name;
}

std::vector<std::string> Directory::names() const {
  Descriptor again(::openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // a separate read position
  DIR* const opened = again.is_open() ? ::fdopendir(again.get()) : nullptr;
  if (!opened) throw system_error("listing " + path_, errno);
  static_cast<void>(again.release());  // the stream owns it now
  const auto close = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close)> stream(opened, close);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (!entry && errno != 0) throw system_error("listing " + path_, errno);
    if (!entry) return names;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

ByteCount Directory::free_space() const {
  struct statvfs found {};
  if (::fstatvfs(fd(), &found) != 0) throw system_error("examining the file system of " + path_, errno);
  return {static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize};
}

void Directory::sync() const {
  // Opened again: an O_PATH descriptor cannot be synced.
  const Descriptor listed(::openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!listed.is_open() && errno == EACCES) return;
  if (listed.is_open() && (::fsync(listed.get()) == 0 || errno == EINVAL)) return;
  throw system_error("syncing " + path_, errno);
}

// ---- Files

std::optional<File> Directory::find(const std::string& name, Access access) const {
  const std::string path = path_of(name);
  Descriptor descriptor(::openat(fd(), name.c_str(), flags_of(access)));
  const int problem = errno;
  if (!descriptor.is_open() && problem == ENOENT) return std::nullopt;
  if (!descriptor.is_open()) {
    // An entry that cannot be opened in this way, such as a link or a socket, is reported with its type.
    struct stat found {};
    if (look(fd(), name, found, path) && !S_ISREG(found.st_mode)) refuse(path, kind_of(found));
    throw system_error("opening " + path, problem);
  }
  File file(path, std::move(descriptor));
  check_file(file.descriptor(), path);
  return file;
}

File Directory::open(const std::string& name, Access access) const {
  if (std::optional<File> file = find(name, access)) return std::move(*file);
  throw Error(ErrorKind::missing, path_of(name) + ": no such file");
}

File Directory::open_or_make(const std::string& name, Access access, unsigned mode) const {
  const std::string path = path_of(name);
  for (int turn = 0; turn < kMostTurns; ++turn) {
    // A file made here belongs to this user, even if the file system reports another owner or mode.
    Descriptor made(::openat(fd(), name.c_str(), flags_of(access) | O_CREAT | O_EXCL, mode));
    if (made.is_open()) return File(path, std::move(made));
    if (errno != EEXIST) throw system_error("making " + path, errno);
    if (std::optional<File> file = find(name, access)) return std::move(*file);
  }
  throw Error(ErrorKind::system, path + ": another process repeatedly makes and removes it");
}

File Directory::make_new(const std::string& name) const {
  const std::string path = path_of(name);
  for (int turn = 0; turn < kMostTurns; ++turn) {
    Descriptor made(::openat(fd(), name.c_str(), flags_of(Access::write) | O_CREAT | O_EXCL, 0600));
    if (made.is_open()) return File(path, std::move(made));
    if (errno != EEXIST) throw system_error("making " + path, errno);
    if (::unlinkat(fd(), name.c_str(), 0) != 0 && errno != ENOENT) throw system_error("removing " + path, errno);
  }
  throw Error(ErrorKind::system, path + ": another process repeatedly makes it");
}

std::optional<std::string> Directory::read_text(const std::string& name, ByteCount most) const {
  const std::optional<File> file = find(name, Access::read);
  if (!file) return std::nullopt;
  const ByteCount size = file->size();
  if (size > most) throw Error(ErrorKind::corrupt, path_of(name) + ": it is too large");
  std::string text(size.value, '\0');
  if (!file->read(std::as_writable_bytes(std::span(text)), Offset{}))
    throw Error(ErrorKind::corrupt, path_of(name) + ": it was truncated while it was read");
  return text;
}

File Directory::replace(const std::string& name, const std::string& unfinished,
                        const std::function<void(File&)>& write) const {
  File file = make_new(unfinished);
  try {
    write(file);
    file.sync();
    rename(unfinished, name);
  } catch (...) {
    remove(unfinished);
    throw;
  }
  sync();
  return file;
}

void Directory::write_text(const std::string& name, std::string_view text) const {
  static std::atomic<unsigned> number{0};
  replace(name, fmt::format("{}{}{}-{}", name, kUnfinished, ::getpid(), ++number),
          [text](File& file) { file.write(std::as_bytes(std::span(text)), Offset{0}); });
}

// ---- Names

bool Directory::has(const std::string& name) const {
  struct stat found {};
  return look(fd(), name, found, path_of(name));
}

ByteCount Directory::allocated(const std::string& name) const {
  struct stat found {};
  if (!look(fd(), name, found, path_of(name)) || !S_ISREG(found.st_mode)) return {};
  return {static_cast<std::uint64_t>(found.st_blocks) * 512};
}

std::optional<std::chrono::system_clock::time_point> Directory::written_at(const std::string& name) const {
  struct stat found {};
  if (!look(fd(), name, found, path_of(name))) return std::nullopt;
  const auto since_1970 = std::chrono::seconds(found.st_mtim.tv_sec) + std::chrono::nanoseconds(found.st_mtim.tv_nsec);
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(since_1970));
}

void Directory::rename(const std::string& from, const std::string& to) const {
  const std::string path = path_of(to);
  if (::renameat(fd(), from.c_str(), fd(), to.c_str()) != 0) throw system_error("making " + path, errno);
}

void Directory::rename_to_new(const std::string& from, const std::string& to) const {
  const std::string path = path_of(to);
  if (::renameat2(fd(), from.c_str(), fd(), to.c_str(), RENAME_NOREPLACE) == 0) return;
  const bool unknown = errno == EINVAL || errno == ENOSYS;  // the file system does not support the flag
  if (!unknown && errno != EEXIST) throw system_error("making " + path, errno);
  if (!unknown || has(to)) throw Error(ErrorKind::misuse, path + ": is there already; remove it or name another file");
  rename(from, to);
}

void Directory::remove(const std::string& name) const noexcept { ::unlinkat(fd(), name.c_str(), 0); }

void Directory::remove_directory(const std::string& name) const {
  {
    const Directory inside = private_below(name, Missing::fail);
    for (const std::string& file : inside.names()) inside.remove(file);
  }
  if (::unlinkat(fd(), name.c_str(), AT_REMOVEDIR) != 0) throw system_error("removing " + path_of(name), errno);
}

std::string without_end_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

FilePath split_path(const std::string& path) {
  const auto slash = path.rfind('/');
  FilePath parts = slash == std::string::npos
                       ? FilePath{".", path}
                       : FilePath{path.substr(0, slash == 0 ? 1 : slash), path.substr(slash + 1)};
  if (!parts.name.empty() && parts.name != "." && parts.name != "..") return parts;
  throw Error(ErrorKind::misuse, path + ": names a directory, not a file");
}

}  // namespace rimfs
