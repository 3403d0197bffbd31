// SPDX-License-Identifier: MIT
#include "catalog/vsphere/inventory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

using Path = std::vector<std::string>;

/// No inventory is deeper; a server that says so goes in a circle.
constexpr int kDeepest = 64;

/// How much all names and paths may have together. A reply may name one long folder above, or one datastore below, a
/// great many datacenters; each of them gets a copy.
constexpr ByteCount kMostNames = 64_MiB;

/// Reads properties, and counts what is copied of them.
class Reader {
 public:
  explicit Reader(const Properties& properties) : properties_(properties) {}

  const Properties& properties() const { return properties_; }

  /// Throws Error{corrupt} beyond kMostNames.
  std::string property(const std::string& object, const char* name) {
    const auto found = properties_.find(object);
    if (found == properties_.end()) return {};
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
  const Properties& properties_;
  ByteCount copied_;
};

/// The names from below the root folder, which is not among the objects, down to `object`.
Path inventory_path(Reader& reader, std::string object) {
  Path path;
  for (int depth = 0; depth < kDeepest && reader.properties().contains(object); ++depth) {
    path.insert(path.begin(), reader.property(object, "name"));
    object = reader.property(object, "parent");
  }
  return path;
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
    datastores.push_back(
        {reader.property(reference, "name"), {browser->second.type, reader.property(reference, "browser")}});
  }
  return datastores;
}

bool begins_with(const Path& path, const Path& beginning) {
  return path.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), path.begin());
}

[[noreturn]] void nothing_called(const std::string& name, const Path& above, const Path& instead) {
  throw Error(
      ErrorKind::missing,
      fmt::format("there is no '{}' {}; there {}: {}", name,
                  above.empty() ? "among the datacenters" : fmt::format("in {}", fmt::join(above, "/")),
                  instead.size() == 1 ? "is" : "are",
                  instead.empty() ? "nothing that this user may see" : fmt::format("{}", fmt::join(instead, ", "))));
}

}  // namespace

Inventory::Inventory(const Objects& objects) {
  Reader reader(objects.properties);
  for (const auto& [object, kind] : objects.kinds) {
    if (kind != "Datacenter" || !objects.properties.contains(object)) continue;
    Datacenter datacenter;
    const Path names = inventory_path(reader, object);
    datacenter.dc_path = fmt::format("{}", fmt::join(names, "/"));
    // vCenter escapes "%", "/" and "\" in names.
    for (const std::string& name : names) datacenter.path.push_back(http::percent_decode(name));
    datacenter.datastores = datastores_of(reader, object);
    datacenters_.push_back(std::move(datacenter));
  }
  std::sort(datacenters_.begin(), datacenters_.end(),
            [](const Datacenter& a, const Datacenter& b) { return a.path < b.path; });
}

Place Inventory::find(const Path& path) const {
  for (const Datacenter& datacenter : datacenters_) {
    if (!begins_with(path, datacenter.path)) continue;
    const Path rest(path.begin() + static_cast<std::ptrdiff_t>(datacenter.path.size()), path.end());
    if (rest.empty()) return {&datacenter, nullptr, {}};
    for (const Datastore& datastore : datacenter.datastores) {
      if (datastore.name == rest.front()) return {&datacenter, &datastore, Path(rest.begin() + 1, rest.end())};
    }
    nothing_called(rest.front(), datacenter.path, names_below(datacenter.path));
  }
  for (std::size_t depth = 0; depth < path.size(); ++depth) {
    const Path above(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(depth));
    const Path names = names_below(above);
    if (std::find(names.begin(), names.end(), path[depth]) == names.end()) nothing_called(path[depth], above, names);
  }
  return {};
}

std::vector<std::string> Inventory::names_below(const Path& path) const {
  Path names;
  for (const Datacenter& datacenter : datacenters_) {
    if (datacenter.path == path) {
      for (const Datastore& datastore : datacenter.datastores) names.push_back(datastore.name);
    } else if (begins_with(datacenter.path, path)) {
      names.push_back(datacenter.path[path.size()]);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace rimfs::catalog::vsphere
