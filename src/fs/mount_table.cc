// SPDX-License-Identifier: MIT
#include "fs/mount_table.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>

#include "base/error.h"
#include "base/small_file.h"

namespace rimfs::fs {
namespace {

/// The kernel writes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool escape = text[i] == '\\' && i + 3 < text.size() &&
                        std::from_chars(&text[i + 1], &text[i + 1] + 3, code, 8).ptr == &text[i + 1] + 3;
    plain += escape ? static_cast<char>(code) : text[i];
    if (escape) i += 3;
  }
  return plain;
}

}  // namespace

std::vector<MountEntry> parse_mount_table(std::string_view mountinfo) {
  std::vector<MountEntry> mounts;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    // 36 35 98:0 /root /mountpoint rw,noatime master:1 - ext3 /dev/root rw
    std::istringstream words(line);
    std::string id, parent, device, root, place, word;
    words >> id >> parent >> device >> root >> place;
    while (words >> word && word != "-") {
    }
    std::string type;
    if (words >> type) mounts.push_back({unescape(place), std::move(type), std::move(device)});
  }
  return mounts;
}

std::vector<MountEntry> read_mount_table() {
  const std::optional<std::string> mountinfo = read_small_file("/proc/self/mountinfo");
  if (!mountinfo) throw system_error("reading /proc/self/mountinfo", errno);
  return parse_mount_table(*mountinfo);
}

std::optional<MountEntry> find_mount(const std::vector<MountEntry>& mounts, std::string_view path) {
  const auto found =
      std::find_if(mounts.rbegin(), mounts.rend(), [&](const auto& mount) { return mount.path == path; });
  return found == mounts.rend() ? std::nullopt : std::optional(*found);
}

}  // namespace rimfs::fs
