// SPDX-License-Identifier: MIT
#include "catalog/vsphere/file_places.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/error.h"
#include "base/split.h"
#include "catalog/file_name.h"

namespace rimfs::catalog::vsphere {
namespace {

using Path = std::vector<std::string>;

Path parts_of(std::string_view path) {
  Path parts;
  for (const std::string_view part : split(path, '/')) {
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

/// What is left of a path after its beginning; nothing when it begins otherwise.
std::optional<Path> after(const Path& path, const Path& beginning) {
  if (path.size() < beginning.size() || !std::equal(beginning.begin(), beginning.end(), path.begin())) {
    return std::nullopt;
  }
  return Path(path.begin() + static_cast<std::ptrdiff_t>(beginning.size()), path.end());
}

void append(Path& path, const Path& more) { path.insert(path.end(), more.begin(), more.end()); }

/// The names that lead to a file, those that listings show first (inventory.h).
std::vector<Path> ways_to(const Place& file) {
  Path shown = file.datacenter->path;
  Path beside_cluster = shown;
  if (!file.datastore->cluster.empty()) shown.push_back(file.datastore->cluster);
  for (Path* way : {&shown, &beside_cluster}) {
    way->push_back(file.datastore->shown);
    append(*way, file.path);
  }
  Path volume{"vmfs", "volumes", file.datastore->volume};
  append(volume, file.path);
  return {std::move(shown), std::move(beside_cluster), std::move(volume)};
}

}  // namespace

std::optional<Place> FilePlaces::find(std::string_view name, const std::set<std::string>& datastores) const {
  const std::size_t end = name.find("] ");
  if (!name.starts_with('[') || end == std::string_view::npos) return std::nullopt;
  const std::string_view called = name.substr(1, end - 1);
  std::optional<Place> found;
  for (const Datacenter& datacenter : inventory_.datacenters()) {
    for (const Datastore& datastore : datacenter.datastores) {
      if (datastore.name != called && datastore.shown != called) continue;
      if (!datastores.empty() && !datastores.contains(datastore.reference)) continue;
      if (found) return std::nullopt;
      found = Place{&datacenter, &datastore, parts_of(trimmed(name.substr(end + 2)))};
    }
  }
  return found;
}

InventoryFolder::InventoryFolder(const Inventory& inventory, Path names) : names_(std::move(names)) {
  try {
    place_ = inventory.find(names_);
  } catch (const Error&) {
    place_.reset();  // it is gone: nothing lies below it
  }
}

std::optional<Path> InventoryFolder::names_below(const Place& file) const {
  if (!place_) return std::nullopt;
  if (place_->datastore) {
    if (place_->datastore != file.datastore) return std::nullopt;
    return after(file.path, place_->path);
  }
  for (const Path& way : ways_to(file)) {
    if (auto rest = after(way, names_)) return rest;
  }
  return std::nullopt;
}

std::optional<std::string> InventoryFolder::path_of(const Place& file) const {
  std::optional<Path> names = names_below(file);
  if (!names || names->empty()) return std::nullopt;
  for (std::string& name : *names) name = safe_file_name(name).value_or(name);
  return fmt::format("{}", fmt::join(*names, "/"));
}

}  // namespace rimfs::catalog::vsphere
