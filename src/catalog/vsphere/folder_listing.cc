// SPDX-License-Identifier: MIT
#include "catalog/vsphere/folder_listing.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/ascii.h"
#include "catalog/entry_list.h"
#include "catalog/file_name.h"
#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

/// A descriptor is text of some hundred bytes, with long names some thousand. A larger ".vmdk" is a disk of its own (a
/// sparse or stream-optimized one that was uploaded).
constexpr ByteCount kLargestDescriptor = 64_KiB;

/// Endings of files of virtual machines, in lower case; folders do not have them.
constexpr std::string_view kFileEndings[] = {".vmdk", ".vmx", ".vmxf", ".nvram", ".vmsd", ".vmsn", ".vmss",
                                             ".vswp", ".log", ".iso",  ".flp",   ".vmtx", ".hlog", ".vmem",
                                             ".ctk",  ".ovf", ".ova",  ".mf",    ".txt",  ".img"};

bool has_ending(std::string_view name, std::string_view ending) {
  return name.size() > ending.size() && equal_ignoring_case(name.substr(name.size() - ending.size()), ending);
}

bool is_of_disk(std::string_view name) { return has_ending(name, ".vmdk"); }

std::optional<ByteCount> size_of(const std::string& name, std::optional<ByteCount> browser,
                                 std::optional<ByteCount> page) {
  if (!is_of_disk(name)) {
    if (browser && page && *browser != *page) return std::nullopt;  // it grows
    return browser ? browser : page;
  }
  if (is_disk_extent(name)) return browser && page == browser ? browser : std::nullopt;
  if (page && *page <= kLargestDescriptor) return page;
  return std::nullopt;
}

/// The page's entries by name.
class PageIndex {
 public:
  explicit PageIndex(const Entries* page) {
    if (!page) return;
    entries_.reserve(page->size());
    for (const Entry& entry : *page) entries_.emplace(entry.name, &entry);
  }
  const Entry* find(const std::string& name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string_view, const Entry*> entries_;
};

/// The names that the browser knows, made safe.
std::unordered_set<std::string> names_of(const std::vector<FoundFile>& found) {
  std::unordered_set<std::string> names;
  names.reserve(found.size());
  for (const FoundFile& file : found) {
    for (const std::string* name : {&file.path, &file.friendly_name}) {
      if (auto safe = safe_file_name(*name)) names.insert(std::move(*safe));
    }
  }
  return names;
}

/// A server that decodes paths twice writes its links so.
bool is_known(const std::unordered_set<std::string>& names, const std::string& name) {
  return names.contains(name) || names.contains(http::percent_decode(name));
}

std::optional<Entry> entry_of(const FoundFile& file, const PageIndex& page, const std::string& key) {
  const auto safe = safe_file_name(file.path);
  const Entry* const listed = safe ? page.find(*safe) : nullptr;
  const bool folder = file.folder || (!file.typed && listed && listed->folder);
  auto entry = entry_below(key, file.path, folder);
  if (!entry) return std::nullopt;
  if (!folder) entry->size = size_of(file.path, file.size, listed ? listed->size : std::nullopt);
  entry->modified = file.modified ? file.modified : listed ? listed->modified : std::nullopt;
  if (auto friendly = safe_file_name(file.friendly_name)) entry->name = std::move(*friendly);
  return entry;
}

}  // namespace

std::optional<Entry> entry_below(const std::string& key, const std::string& name, bool folder) {
  std::optional<std::string> safe = safe_file_name(name);
  if (!safe) return std::nullopt;
  return Entry{std::move(*safe), folder, key + "/" + http::percent_encode(name), {}, {}};
}

bool is_disk_extent(std::string_view name) {
  for (const std::string_view ending : {"-flat.vmdk", "-delta.vmdk", "-sesparse.vmdk", "-rdm.vmdk", "-rdmp.vmdk"}) {
    if (has_ending(name, ending)) return true;
  }
  return false;
}

bool is_doubtful(const std::vector<FoundFile>& found) {
  return std::any_of(found.begin(), found.end(),
                     [](const FoundFile& file) { return !file.folder && (!file.typed || is_of_disk(file.path)); });
}

std::vector<std::string> possible_folders(const std::vector<FoundFile>& found) {
  std::vector<std::string> names;
  for (const FoundFile& file : found) {
    const bool known = file.folder || file.typed ||
                       std::any_of(std::begin(kFileEndings), std::end(kFileEndings),
                                   [&](std::string_view ending) { return has_ending(file.path, ending); });
    if (!known) names.push_back(file.path);
  }
  return names;
}

Entries listing_of(const std::vector<FoundFile>& found, const Entries* page, const std::string& key) {
  const PageIndex index(page);
  EntryList entries;
  for (const FoundFile& file : found) {
    if (auto entry = entry_of(file, index, key)) entries.add(std::move(*entry));
  }
  if (!page) return entries.take();
  const std::unordered_set<std::string> names = names_of(found);
  for (const Entry& other : *page) {
    if (is_known(names, other.name)) continue;
    auto entry = entry_below(key, other.name, other.folder);
    if (!entry) continue;
    if (!other.folder) entry->size = size_of(other.name, std::nullopt, other.size);
    entry->modified = other.modified;
    entries.add(std::move(*entry));
  }
  return entries.take();
}

bool page_has_more(const std::vector<FoundFile>& found, const Entries& page) {
  const std::unordered_set<std::string> names = names_of(found);
  return std::any_of(page.begin(), page.end(), [&](const Entry& entry) { return !is_known(names, entry.name); });
}

}  // namespace rimfs::catalog::vsphere
