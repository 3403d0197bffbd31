// SPDX-License-Identifier: MIT
#include "catalog/archive/archive_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/split.h"
#include "base/work.h"
#include "catalog/file_name.h"

namespace rimfs::catalog::archive {
namespace {

/// A path in an archive may have any length, and each of its folders has a key as long as its own path.
constexpr unsigned kDeepest = 200;
constexpr ByteCount kMostNames = 1_GiB;

/// A folder's key as that of a file.
std::string_view without_slash(std::string_view key) {
  return key.ends_with('/') ? key.substr(0, key.size() - 1) : key;
}

/// The key of the folder that has the file or folder of this key.
std::string parent_of(std::string_view key) {
  const std::string_view inner = without_slash(key);
  const std::size_t slash = inner.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : inner.substr(0, slash + 1));
}

/// A safe name.
std::string name_of(std::string_view key) {
  const std::string_view inner = without_slash(key);
  return safe_file_name(inner.substr(inner.rfind('/') + 1)).value_or("member");
}

}  // namespace

ArchiveContent::ArchiveContent(archives::Index index) : warnings_(std::move(index.warnings)) {
  count_work(index.members.size());
  folders_[""];
  std::size_t misplaced = 0;
  // The last of several members with one path counts: tar appends newer versions. So the list is read backwards.
  for (auto member = index.members.rbegin(); member != index.members.rend(); ++member) {
    std::optional<std::string> path = plain_path(member->path);
    if (!path) {
      ++misplaced;
      continue;
    }
    member->path = std::move(*path);
    add(std::move(*member));
  }
  for (auto& [key, entries] : folders_) {
    std::reverse(entries.begin(), entries.end());
    make_unique(entries);
  }
  if (misplaced > 0) {
    warnings_.push_back(
        fmt::format("{} members are not shown: their paths have \"..\", or more than {} parts", misplaced, kDeepest));
  }
}

ArchiveContent::ArchiveContent(std::string name, std::shared_ptr<const archives::FrameTable> frames) {
  name = safe_file_name(name).value_or("content");
  const ByteCount size = frames->size();
  folders_[""].push_back(Entry{name, false, name, size, {}});
  files_.emplace(std::move(name), File{Offset{}, size, {}, {}, std::move(frames)});
}

std::optional<std::string> ArchiveContent::plain_path(std::string_view path) {
  std::string plain;
  unsigned parts = 0;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    const bool is_name = safe_file_name(part) && part.find('\0') == std::string_view::npos;
    if (!is_name || ++parts > kDeepest) return std::nullopt;
    if (!plain.empty()) plain += '/';
    plain += part;
  }
  return plain;
}

std::string ArchiveContent::shown_path(std::string_view path) {
  std::string shown;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (!shown.empty()) shown += '/';
    shown += safe_file_name(part).value_or("");
  }
  return shown;
}

void ArchiveContent::add(archives::Member member) {
  if (member.folder) return add_folder(member.path.empty() ? "" : member.path + "/");
  if (member.path.empty() || files_.contains(member.path)) return;
  const std::string parent = parent_of(member.path);
  add_folder(parent);
  add_entry(parent, Entry{name_of(member.path), false, member.path, member.size, member.modified});
  files_.emplace(member.path, File{member.offset, member.size, member.modified, std::move(member.refusal), nullptr});
}

/// With all folders above it.
void ArchiveContent::add_folder(std::string key) {
  std::vector<std::string> missing;
  while (!folders_.contains(key)) {
    missing.push_back(key);
    key = parent_of(key);
  }
  for (auto one = missing.rbegin(); one != missing.rend(); ++one) {
    folders_[*one];
    add_entry(parent_of(*one), Entry{name_of(*one), true, *one, {}, {}});
  }
}

void ArchiveContent::add_entry(const std::string& folder, Entry entry) {
  bytes_ += ByteCount{entry.name.size() + entry.key.size()};
  if (bytes_ > kMostNames) {
    throw Error(ErrorKind::unreadable, fmt::format("the archive has more than {} bytes of names", kMostNames.value));
  }
  folders_.at(folder).push_back(std::move(entry));
}

const Entries* ArchiveContent::list(std::string_view key) const {
  const auto found = folders_.find(std::string(key));
  return found == folders_.end() ? nullptr : &found->second;
}

const ArchiveContent::File* ArchiveContent::find(std::string_view key) const {
  const auto found = files_.find(std::string(key));
  return found == files_.end() ? nullptr : &found->second;
}

std::optional<Entry> ArchiveContent::at(std::string_view path) const {
  std::optional<Entry> found(Entry{"", true, "", {}, {}});
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    const Entries* entries = found->folder ? list(found->key) : nullptr;
    if (!entries) return std::nullopt;
    const std::string safe = safe_file_name(part).value_or("");
    const auto next = std::find_if(entries->begin(), entries->end(),
                                   [&](const Entry& one) { return one.name == part || one.name == safe; });
    if (next == entries->end()) return std::nullopt;
    found = *next;
  }
  return found;
}

}  // namespace rimfs::catalog::archive
