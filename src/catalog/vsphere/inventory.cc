// SPDX-License-Identifier: MIT
#include "catalog/vsphere/inventory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "base/error.h"

namespace rimfs::catalog::vsphere {
namespace {

using Path = std::vector<std::string>;

/// How much all names and paths may have together. A reply may name one long folder above, or one datastore below, a
/// great many datacenters; each of them gets a copy.
constexpr ByteCount kMostNames = 64_MiB;

constexpr std::string_view kVolumes = "/vmfs/volumes/";

/// Reads properties, and counts what is copied of them.
class Reader {
 public:
  explicit Reader(const Objects& objects) : objects_(objects) {}

  const Properties& properties() const { return objects_.properties; }
  bool is(const std::string& object, std::string_view kind) const {
    const auto found = objects_.kinds.find(object);
    return found != objects_.kinds.end() && found->second == kind;
  }

  /// Throws Error{corrupt} beyond kMostNames.
  std::string property(const std::string& object, const char* name) {
    const auto found = properties().find(object);
    if (found == properties().end()) return {};
    const auto value = found->second.find(name);
    if (value == found->second.end()) return {};
    constexpr std::size_t kOfString = 64;  // about what a string and its place in a vector take
    copied_ += ByteCount{value->second.text.size() + kOfString};
    if (copied_ > kMostNames) {
      throw Error(ErrorKind::corrupt,
                  fmt::format("the names of the server's inventory take more than {} MiB", kMostNames.value >> 20));
    }
    return value->second.text;
  }

 private:
  const Objects& objects_;
  ByteCount copied_;
};

/// vCenter writes "%", "/" and "\" in names as "%25", "%2f" and "%5c" (VMware's Web Services SDK guide); other
/// characters stand for themselves.
std::string unescaped(const std::string& name) {
  std::string plain;
  for (std::size_t at = 0; at < name.size();) {
    const std::string code = lower(std::string_view(name).substr(at, 3));
    const char c = code == "%25" ? '%' : code == "%2f" ? '/' : code == "%5c" ? '\\' : '\0';
    plain += c ? c : name[at];
    at += c ? 3 : 1;
  }
  return plain;
}

/// The names from below the root folder, which is not among the objects, down to `object`.
Path inventory_path(Reader& reader, std::string object) {
  Path path;
  for (int depth = 0; depth < kDeepestInventory && reader.properties().contains(object); ++depth) {
    path.insert(path.begin(), reader.property(object, "name"));
    object = reader.property(object, "parent");
  }
  return path;
}

Datastore datastore_of(Reader& reader, const std::string& object, const Value& browser) {
  Datastore store;
  store.name = reader.property(object, "name");
  store.shown = unescaped(store.name);
  store.reference = object;
  store.browser = {browser.type, reader.property(object, "browser")};
  const std::string parent = reader.property(object, "parent");
  if (reader.is(parent, "StoragePod")) store.cluster = unescaped(reader.property(parent, "name"));
  store.volume = volume_of_url(reader.property(object, "summary.url"));
  store.type = reader.property(object, "summary.type");
  store.maintenance = reader.property(object, "summary.maintenanceMode");
  store.accessible = reader.property(object, "summary.accessible") != "false";
  return store;
}

std::vector<Datastore> datastores_of(Reader& reader, const std::string& datacenter) {
  const Properties& properties = reader.properties();
  std::vector<Datastore> datastores;
  const auto& own = properties.at(datacenter);
  const auto list = own.find("datastore");
  if (list == own.end()) return datastores;
  for (const std::string& reference : list->second.items) {
    const auto found = properties.find(reference);
    if (found == properties.end()) continue;  // ESXi names one that does not exist
    const auto browser = found->second.find("browser");
    if (browser == found->second.end()) continue;
    datastores.push_back(datastore_of(reader, reference, browser->second));
  }
  return datastores;
}

bool begins_with(const Path& path, const Path& beginning) {
  return path.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), path.begin());
}

Path without_first(const Path& path, std::size_t count) {
  return {path.begin() + static_cast<std::ptrdiff_t>(std::min(count, path.size())), path.end()};
}

[[noreturn]] void nothing_called(const std::string& name, const Path& above, const Path& instead) {
  throw Error(
      ErrorKind::missing,
      fmt::format("there is no '{}' {}; there {}: {}", name,
                  above.empty() ? "among the datacenters" : fmt::format("in {}", fmt::join(above, "/")),
                  instead.size() == 1 ? "is" : "are",
                  instead.empty() ? "nothing that this user may see" : fmt::format("{}", fmt::join(instead, ", "))));
}

/// "[DATASTORE] PATH", split.
struct DatastorePath {
  std::string datastore;
  Path path;
};

std::optional<DatastorePath> parse_datastore_path(const Path& path) {
  if (path.empty() || !path.front().starts_with('[')) return std::nullopt;
  const std::size_t end = path.front().find(']');
  if (end == std::string::npos) return std::nullopt;
  DatastorePath found{path.front().substr(1, end - 1), without_first(path, 1)};
  const std::string_view rest = trimmed(std::string_view(path.front()).substr(end + 1));
  if (!rest.empty()) found.path.insert(found.path.begin(), std::string(rest));
  return found;
}

/// The datastore of this name: as people write it, otherwise as the server does. Null when there is none.
const Datastore* datastore_called(const Datacenter& datacenter, const std::string& name) {
  for (const auto member : {&Datastore::shown, &Datastore::name}) {
    for (const Datastore& datastore : datacenter.datastores) {
      if (datastore.*member == name) return &datastore;
    }
  }
  return nullptr;
}

}  // namespace

std::string datastore_path(const Place& place) {
  return fmt::format("[{}] {}", place.datastore->name, fmt::join(place.path, "/"));
}

std::string volume_of_url(std::string_view url) {
  constexpr std::string_view kScheme = "ds://";
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  if (!url.starts_with(kVolumes)) return {};
  url.remove_prefix(kVolumes.size());
  url = trimmed_end(url, "/");
  return url.find('/') == std::string_view::npos ? std::string(url) : std::string();
}

Inventory::Inventory(const Objects& objects) {
  Reader reader(objects);
  for (const auto& [object, kind] : objects.kinds) {
    if (kind != "Datacenter" || !objects.properties.contains(object)) continue;
    Datacenter datacenter;
    const Path names = inventory_path(reader, object);
    datacenter.dc_path = fmt::format("{}", fmt::join(names, "/"));
    for (const std::string& name : names) datacenter.path.push_back(unescaped(name));
    datacenter.datastores = datastores_of(reader, object);
    datacenters_.push_back(std::move(datacenter));
  }
  std::sort(datacenters_.begin(), datacenters_.end(),
            [](const Datacenter& a, const Datacenter& b) { return a.path < b.path; });
}

Place Inventory::find(const Path& path) const {
  for (const Datacenter& datacenter : datacenters_) {
    if (begins_with(path, datacenter.path)) return in_datacenter(datacenter, path);
  }
  if (auto place = find_datastore_path(path)) return *place;
  for (std::size_t depth = 0; depth < path.size(); ++depth) {
    const Path above(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(depth));
    const Path names = listed_names(above);
    if (std::find(names.begin(), names.end(), path[depth]) != names.end()) continue;
    if (auto place = find_volume(path)) return *place;
    nothing_called(path[depth], above, names);
  }
  return {};
}

Place Inventory::in_datacenter(const Datacenter& datacenter, const Path& path) const {
  const Path rest = without_first(path, datacenter.path.size());
  if (rest.empty()) return {&datacenter, nullptr, {}};
  const auto named = parse_datastore_path(rest);
  const std::string& first = named ? named->datastore : rest.front();
  if (const Datastore* datastore = datastore_called(datacenter, first)) {
    return {&datacenter, datastore, named ? named->path : without_first(rest, 1)};
  }
  const auto in_cluster = [&](const Datastore& datastore) { return datastore.cluster == rest.front(); };
  if (std::none_of(datacenter.datastores.begin(), datacenter.datastores.end(), in_cluster)) {
    nothing_called(first, datacenter.path, listed_names(datacenter.path));
  }
  if (rest.size() == 1) return {&datacenter, nullptr, {}};
  const Datastore* const datastore = datastore_called(datacenter, rest[1]);
  if (datastore && in_cluster(*datastore)) return {&datacenter, datastore, without_first(rest, 2)};
  const Path above(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(datacenter.path.size() + 1));
  nothing_called(rest[1], above, listed_names(above));
}

/// "[DATASTORE] PATH" without a datacenter.
std::optional<Place> Inventory::find_datastore_path(const Path& path) const {
  const auto named = parse_datastore_path(path);
  if (!named) return std::nullopt;
  std::optional<Place> found;
  for (const Datacenter& datacenter : datacenters_) {
    if (const Datastore* datastore = datastore_called(datacenter, named->datastore)) {
      if (found) {
        throw Error(ErrorKind::misuse,
                    fmt::format("several datacenters have a datastore '{}'; write {}/[{}] ...", named->datastore,
                                fmt::join(datacenter.path, "/"), named->datastore));
      }
      found = Place{&datacenter, datastore, named->path};
    }
  }
  if (!found) throw Error(ErrorKind::missing, fmt::format("there is no datastore '{}'", named->datastore));
  return found;
}

/// A path below vmfs/volumes; nothing for another one, and for a volume that is not there. A name that several
/// datastores have leads to none of them.
std::optional<Place> Inventory::find_volume(const Path& path) const {
  if (path.empty() || path[0] != "vmfs" || (path.size() > 1 && path[1] != "volumes")) return std::nullopt;
  if (path.size() <= 2) return Place();
  std::vector<Place> found;
  for (const Datacenter& datacenter : datacenters_) {
    for (const Datastore& datastore : datacenter.datastores) {
      const Place place{&datacenter, &datastore, without_first(path, 3)};
      if (!datastore.volume.empty() && datastore.volume == path[2]) return place;
      if (datastore.shown == path[2]) found.push_back(place);
    }
  }
  if (found.size() != 1) return std::nullopt;
  return found.front();
}

std::vector<Inventory::Name> Inventory::names_below(const Path& path) const {
  std::map<std::string, bool> names;  // whether each is listed
  const auto add = [&](const std::string& name, bool listed) { names[name] |= listed; };
  const bool at_volumes = path == Path{"vmfs", "volumes"};
  std::map<std::string, int> labels;
  for (const Datacenter& datacenter : datacenters_) {
    const bool inside = begins_with(path, datacenter.path);
    const Path rest = inside ? without_first(path, datacenter.path.size()) : Path();
    if (!inside && begins_with(datacenter.path, path)) add(datacenter.path[path.size()], true);
    for (const Datastore& datastore : datacenter.datastores) {
      if (inside && rest.empty()) add(datastore.shown, datastore.cluster.empty());
      if (inside && rest.empty() && !datastore.cluster.empty()) add(datastore.cluster, true);
      if (inside && rest == Path{datastore.cluster}) add(datastore.shown, true);
      if (at_volumes && !datastore.volume.empty()) add(datastore.volume, true);
      if (at_volumes) ++labels[datastore.shown];
    }
  }
  for (const auto& [label, count] : labels) {
    if (count == 1) add(label, true);
  }
  if (path.empty() && !datacenters_.empty()) add("vmfs", false);
  if (path == Path{"vmfs"}) add("volumes", true);
  std::vector<Name> result;
  result.reserve(names.size());
  for (const auto& [name, listed] : names) result.push_back({name, listed});
  return result;
}

Path Inventory::listed_names(const Path& path) const {
  Path listed;
  for (const Name& name : names_below(path)) {
    if (name.listed) listed.push_back(name.name);
  }
  return listed;
}

}  // namespace rimfs::catalog::vsphere
