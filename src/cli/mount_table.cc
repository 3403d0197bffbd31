// SPDX-License-Identifier: MIT
#include "cli/mount_table.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "base/error.h"

namespace rimfs::cli {
namespace {

namespace files = std::filesystem;

/// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescape(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool escape = text[i] == '\\' && i + 3 < text.size() &&
                        std::from_chars(&text[i + 1], &text[i + 4], code, 8).ptr == &text[i + 4];
    result += escape ? static_cast<char>(code) : text[i];
    if (escape) i += 3;
  }
  return result;
}

std::string contents(const files::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The numbers of the descriptors that are /dev/fuse.
std::vector<std::string> fuse_descriptors(const files::path& process) {
  std::vector<std::string> result;
  std::error_code problem;
  for (files::directory_iterator at(process / "fd", problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code gone;
    if (files::read_symlink(at->path(), gone) == "/dev/fuse") result.push_back(at->path().filename().string());
  }
  return result;
}

/// Whether one of the descriptors says that it is the mount's (Linux 6.15 and later).
bool says_connection(const files::path& process, const std::vector<std::string>& descriptors, unsigned number) {
  const std::string wanted = "fuse_connection:\t" + std::to_string(number) + "\n";
  return std::any_of(descriptors.begin(), descriptors.end(), [&](const std::string& fd) {
    return contents(process / "fdinfo" / fd).find(wanted) != std::string::npos;
  });
}

bool names_path(const files::path& process, const std::string& path) {
  std::istringstream words(contents(process / "cmdline"));
  for (std::string word; std::getline(words, word, '\0');) {
    while (word.size() > 1 && word.back() == '/') word.pop_back();
    if (word == path) return true;
  }
  return false;
}

std::vector<MountEntry> all_mounts() {
  std::ifstream table("/proc/self/mountinfo");
  if (!table) throw Error(ErrorKind::system, "cannot read /proc/self/mountinfo");
  std::vector<MountEntry> mounts;
  for (std::string line; std::getline(table, line);) {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw
    std::istringstream words(line);
    std::string id, parent, device, root, where, word;
    words >> id >> parent >> device >> root >> where;
    while (words >> word && word != "-") {
    }
    MountEntry entry{unescape(where), {}, 0};
    words >> entry.type;
    const char* end = device.data() + device.size();
    std::from_chars(device.data() + std::min(device.find(':') + 1, device.size()), end, entry.device_minor);
    mounts.push_back(std::move(entry));
  }
  return mounts;
}

}  // namespace

std::optional<MountEntry> find_mount(const std::string& path) {
  std::optional<MountEntry> found;
  for (MountEntry& entry : all_mounts()) {
    if (entry.path == path) found = std::move(entry);  // the last is the topmost
  }
  return found;
}

std::vector<MountEntry> rimfs_mounts() {
  std::vector<MountEntry> mounts = all_mounts();
  std::erase_if(mounts, [](const MountEntry& entry) { return entry.type != "fuse.rimfs"; });
  return mounts;
}

std::optional<pid_t> find_server(const MountEntry& mount) {
  std::error_code problem;
  const files::path own = files::read_symlink("/proc/self/exe", problem).filename();
  std::vector<pid_t> by_name, all;
  for (files::directory_iterator at("/proc", problem), end; !problem && at != end; at.increment(problem)) {
    const std::string name = at->path().filename().string();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ptr != name.data() + name.size() || pid == ::getpid()) continue;
    std::error_code gone;
    files::path program = files::read_symlink(at->path() / "exe", gone).filename();
    if (gone || program.string().substr(0, program.string().find(' ')) != own.string()) continue;
    const std::vector<std::string> descriptors = fuse_descriptors(at->path());
    if (descriptors.empty()) continue;
    if (says_connection(at->path(), descriptors, mount.device_minor)) return pid;
    all.push_back(pid);
    if (names_path(at->path(), mount.path)) by_name.push_back(pid);
  }
  if (by_name.size() == 1) return by_name.front();
  if (by_name.empty() && all.size() == 1) return all.front();
  return std::nullopt;
}

}  // namespace rimfs::cli
