// SPDX-License-Identifier: MIT
// rimfs cache: the contents of a disk cache, their verification, and ways to make it smaller. Other processes may use
// the directory at the same time; stores that they write are only read.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "base/quantity_text.h"
#include "cache/disk/folder.h"
#include "cache/disk/image_store.h"
#include "cache/disk/unusable_stores.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "config/value.h"
#include "http/address_id.h"

namespace rimfs::cli {
namespace {

namespace disk = cache::disk;

/// An existing directory: the commands do not make one.
disk::Folder existing_folder(const std::string& name) {
  const std::string path = config::absolute_path({name, {}});
  try {
    return disk::Folder(path, disk::Folder::Missing::fail);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::system) throw;
    throw Error(ErrorKind::missing, path + ": not a cache directory of rimfs: " + error.message());
  }
}

/// The directory, its space and its stores.
class Cache {
 public:
  explicit Cache(const std::string& name)
      : folder_(existing_folder(name)),
        space_(folder_.directory(), ByteCount{INT64_MAX}, [this] { return folder_.allocated(); }) {}

  const disk::Folder& folder() const { return folder_; }
  disk::Space& space() { return space_; }
  disk::ImageStore open(const disk::Folder::Found& found, disk::ImageStore::Access access) {
    return {folder_.open(found), found.key, cache::geometry_of(found.block_size), space_, access};
  }

 private:
  const disk::Folder folder_;
  disk::Space space_;
};

using Stores = std::vector<disk::Folder::Found>;

/// The identity of a URL without its credentials. Empty when the word is not a URL, or names a range of one.
std::optional<ImageId> url_id_of(const std::string& word) {
  if (word.find('#') != std::string::npos) return std::nullopt;
  try {
    return http::address_id(word, {}).url;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool is_shown_as(const disk::Folder::Found& found, const std::string& word) {
  return word == found.key.url.text() || word == printable(found.key.url.text());
}

std::set<ImageId> places_of(const Stores& stores) {
  std::set<ImageId> places;
  for (const disk::Folder::Found& found : stores) places.insert(found.key.place);
  return places;
}

/// The stores that the word names: an id of `rimfs cache list`, a URL with its query, or a URL as it is shown if it
/// belongs to one file only. Throws Error when there is no such store, or when there are several files.
Stores named(const Stores& stores, const std::string& word) {
  const auto those = [&stores](const auto& is_named) {
    Stores found;
    std::copy_if(stores.begin(), stores.end(), std::back_inserter(found), is_named);
    return found;
  };
  Stores found = those([&word](const auto& store) { return store.id().hex() == word; });
  if (!found.empty()) return found;
  if (const std::optional<ImageId> url = url_id_of(word)) {
    found = those([&url](const auto& store) { return store.key.address == *url && store.key.whole; });
  }
  if (found.empty()) found = those([&word](const auto& store) { return is_shown_as(store, word); });
  if (found.empty()) {
    throw Error(ErrorKind::missing, config::presentable(word) + ": not in this cache; see rimfs cache list");
  }
  const std::size_t files = places_of(found).size();
  if (files == 1) return found;
  throw Error(ErrorKind::misuse,
              fmt::format("{}: {} files are shown as this URL; give it with its query, or give an id "
                          "of rimfs cache list",
                          config::presentable(word), files));
}

/// True when another file of the cache is shown with the same URL.
bool is_ambiguous(const disk::Folder::Found& store, const Stores& all) {
  return std::any_of(all.begin(), all.end(), [&store](const disk::Folder::Found& other) {
    return other.key.place != store.key.place && other.key.url.text() == store.key.url.text();
  });
}

/// Calls `look` for each store. A store that fails is reported, and the others are still processed. False when one has
/// failed.
bool each_store(const disk::Folder& folder, const std::function<void(const disk::Folder::Found&)>& look) {
  bool complete = true;
  const auto refused = [&](const Error& error) {
    print_error(error.message());
    complete = false;
  };
  for (const disk::Folder::Found& found : folder.stores(refused)) {
    try {
      look(found);
    } catch (const Error& error) {
      refused(error);
    }
  }
  return complete;
}

/// The images in the order of their last write, the oldest first.
std::vector<disk::Folder::Found> oldest_first(const disk::Folder& folder) {
  std::multimap<std::chrono::system_clock::time_point, disk::Folder::Found> by_time;
  each_store(folder, [&](const disk::Folder::Found& found) {
    const auto time = folder.open(found).written_at(disk::IndexLog::kName);
    by_time.emplace(time.value_or(std::chrono::system_clock::time_point()), found);
  });
  std::vector<disk::Folder::Found> sorted;
  for (auto& [time, found] : by_time) sorted.push_back(std::move(found));
  return sorted;
}

/// Removes these stores. False when one is in use.
bool drop_stores(Cache& cache, const Stores& stores) {
  bool complete = true;
  for (const disk::Folder::Found& found : stores) {
    disk::ImageStore store = cache.open(found, disk::ImageStore::Access::write);
    if (store.may_write()) {
      store.evict(ByteCount{INT64_MAX});
      cache.folder().remove(found);
    } else {
      print_error(found.key.url.text() + ": in use by another process; not changed");
      complete = false;
    }
  }
  return complete;
}

}  // namespace

void CacheOptions::declare(Syntax& syntax) { syntax.argument("DIR", directory); }

void CachePruneOptions::declare(Syntax& syntax) {
  syntax.argument("DIR", directory);
  syntax.argument("SIZE", [this](const config::Value& value) { size = config::bytes_of({value.text, {"SIZE", {}}}); });
}

void CacheDropOptions::declare(Syntax& syntax) {
  syntax.text = "Removes images from the cache. For DIR and URL see rimfs help cache.\n";
  syntax.flag("all", "all images, and stores that this version cannot use", all);
  syntax.argument("DIR", directory);
  syntax.arguments("URL", images);
  syntax.check([this] {
    if (all && !images.empty()) {
      throw Error(ErrorKind::misuse, "cache drop: mutually exclusive: URL, --all; give one of them");
    }
    if (!all && images.empty()) {
      throw Error(ErrorKind::misuse, "cache drop: missing argument URL; name the images, or give --all");
    }
  });
}

void CachePathOptions::declare(Syntax& syntax) {
  syntax.text = "Shows the folder with an image's files. For DIR and URL see rimfs help cache.\n";
  syntax.argument("DIR", directory);
  syntax.argument("URL", image);
}

int cache_list_command(const CacheOptions& options) {
  Cache cache(options.directory);
  ByteCount sum;
  const Stores stores = cache.folder().stores();
  const bool complete = each_store(cache.folder(), [&](const disk::Folder::Found& found) {
    const disk::ImageStore::Totals totals = cache.open(found, disk::ImageStore::Access::look).totals();
    const double share = found.key.size.is_zero() ? 100.0
                                                  : 100.0 * static_cast<double>(totals.chunk_bytes.value) /
                                                        static_cast<double>(found.key.size.value);
    print("{:>10} {:5.1f} %  {}{}\n", show(totals.bytes), std::min(share, 100.0), printable(found.key.url.text()),
          is_ambiguous(found, stores) ? "  id " + found.id().hex() : "");
    sum += totals.bytes;
  });
  print("{:>10}          in all\n", show(sum));
  return complete ? kSuccess : kFailure;
}

int cache_verify_command(const CacheOptions& options) {
  Cache cache(options.directory);
  std::uint64_t bad = 0;
  const bool complete = each_store(cache.folder(), [&](const disk::Folder::Found& found) {
    disk::ImageStore store = cache.open(found, disk::ImageStore::Access::write);
    const std::uint64_t blocks = store.totals().blocks;
    const std::uint64_t damaged = store.verify();
    print("{}: {} blocks, {} damaged{}\n", printable(found.key.url.text()), blocks, damaged,
          damaged > 0 && store.may_write() ? " and given up" : "");
    bad += damaged;
  });
  return bad == 0 && complete ? kSuccess : kFailure;
}

int cache_prune_command(const CachePruneOptions& options) {
  Cache cache(options.directory);
  for (const disk::Folder::Found& found : oldest_first(cache.folder())) {
    const ByteCount excess = cache.folder().allocated() - options.size;
    if (excess.is_zero()) break;
    disk::ImageStore store = cache.open(found, disk::ImageStore::Access::write);
    if (!store.may_write()) {
      print_error(found.key.url.text() + ": in use by another process; not changed");
      continue;
    }
    print("{}: {} given up\n", printable(found.key.url.text()), show(store.evict(excess)));
  }
  const ByteCount left = cache.folder().allocated();
  print("{} left\n", show(left));
  return left <= options.size ? kSuccess : kFailure;
}

int cache_drop_command(const CacheDropOptions& options) {
  Cache cache(options.directory);
  if (options.all) {
    Log log = Log::silent();
    disk::drop_unusable_stores(cache.folder(), cache.space(), log);
    return drop_stores(cache, cache.folder().stores()) ? kSuccess : kFailure;
  }
  bool complete = true;
  for (const std::string& image : options.images) {
    complete = drop_stores(cache, named(cache.folder().stores(), image)) && complete;
  }
  return complete ? kSuccess : kFailure;
}

int cache_path_command(const CachePathOptions& options) {
  const disk::Folder folder = existing_folder(options.directory);
  for (const disk::Folder::Found& found : named(folder.stores(), options.image)) {
    print("{}\n", ::isatty(STDOUT_FILENO) != 0 ? printable(found.path) : found.path);
  }
  return kSuccess;
}

}  // namespace rimfs::cli
