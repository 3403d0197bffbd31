// SPDX-License-Identifier: MIT
#include "fs/mountpoint.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/error.h"

namespace rimfs::fs {
namespace {

template <typename... Arguments>
Error misuse(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  return {ErrorKind::misuse, fmt::format(text, std::forward<Arguments>(arguments)...)};
}

bool has_option(const Options& options, std::string_view name) {
  return std::find(options.mount_options.begin(), options.mount_options.end(), name) != options.mount_options.end();
}

void check_folder(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    switch (errno) {
      case ENOENT:
        throw misuse("the mountpoint {} does not exist", path);
      case ENOTCONN:
        throw misuse("{} has a mount whose server has ended; `rimfs umount {}` removes it", path, path);
      default:
        throw misuse("the mountpoint {} cannot be used: {}", path, std::strerror(errno));
    }
  }
  if (!S_ISDIR(found.st_mode)) throw misuse("the mountpoint {} is not a folder", path);
  if (geteuid() != 0 && access(path.c_str(), W_OK) != 0) {
    throw misuse("the mountpoint {} is not writable for this user, which mounting requires", path);
  }
}

void check_empty(const std::string& path) {
  std::error_code problem;
  const std::filesystem::directory_iterator first(path, problem);
  if (problem) throw misuse("the mountpoint {} cannot be read: {}", path, problem.message());
  if (first != std::filesystem::directory_iterator{}) {
    throw misuse("the mountpoint {} is not empty (the mount option nonempty allows that)", path);
  }
}

// fusermount3 would refuse it too, with a line of its own on stderr.
void check_allow_other() {
  if (geteuid() == 0) return;
  std::ifstream file("/etc/fuse.conf");
  for (std::string line; std::getline(file, line);) {
    if (line == "user_allow_other") return;
  }
  throw misuse("allow_other needs root, or the line user_allow_other in /etc/fuse.conf");
}

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  if (real == nullptr) throw misuse("the mountpoint {} cannot be used: {}", path, std::strerror(errno));
  return real.get();
}

}  // namespace

std::string checked_mountpoint(const Options& options) {
  if (options.mountpoint.empty()) throw misuse("a mountpoint is missing");
  check_folder(options.mountpoint);
  if (!has_option(options, "nonempty")) check_empty(options.mountpoint);
  if (options.allow_other || has_option(options, "allow_other")) check_allow_other();
  if (access("/dev/fuse", R_OK | W_OK) != 0) throw system_error("mounting needs /dev/fuse", errno);
  return resolved(options.mountpoint);
}

}  // namespace rimfs::fs
