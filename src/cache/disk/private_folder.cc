// SPDX-License-Identifier: MIT
#include "cache/disk/private_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <span>

#include "cache/disk/file.h"
#include "cache/disk/index_record.h"

namespace rimfs::cache::disk {

void make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw system_error("making " + path, errno);
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) throw system_error("looking at " + path, errno);
  if (!S_ISDIR(found.st_mode)) throw Error(ErrorKind::misuse, path + ": not a directory");
  const bool ours = found.st_uid == ::geteuid();
  if (ours && (found.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw Error(ErrorKind::misuse,
              fmt::format("{}: {}; a cache directory must be writable by its owner alone: chmod 700 {}", path,
                          ours ? "others may write to it" : "it belongs to another user", path));
}

std::string name_of_key(std::string_view key) {
  const auto bytes = std::as_bytes(std::span(key));
  return fmt::format("{:016x}{:016x}", checksum(bytes, 1), checksum(bytes, 2));
}

void write_file(const std::string& path, const std::string& text) {
  static std::atomic<unsigned> number{0};
  File file(fmt::format("{}{}{}-{}", path, kUnfinished, ::getpid(), ++number), O_WRONLY | O_CREAT | O_TRUNC);
  try {
    file.write(std::as_bytes(std::span(text)), Offset{0});
    file.sync();
    if (std::rename(file.path().c_str(), path.c_str()) != 0) throw system_error("writing " + path, errno);
  } catch (const Error&) {
    ::unlink(file.path().c_str());
    throw;
  }
}

}  // namespace rimfs::cache::disk
