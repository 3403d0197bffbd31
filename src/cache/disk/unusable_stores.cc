// SPDX-License-Identifier: MIT
#include "cache/disk/unusable_stores.h"

#include "base/directory.h"
#include "base/error.h"

namespace rimfs::cache::disk {
namespace {

/// Returns false when another process writes the store.
bool drop(const Folder& folder, const std::string& name, Space& space) {
  const Directory store = folder.open(name);
  File lock = store.open_or_make("lock");
  if (!lock.try_lock()) return false;
  const Space::Change change(space);
  const ByteCount freed = store.allocated("data");
  folder.remove(name);
  space.give_back(freed);
  return true;
}

/// Drops the stores in `names` that can be dropped; returns their number.
std::size_t drop_all(const Folder& folder, const std::vector<std::string>& names, Space& space, Log& log) {
  std::size_t dropped = 0;
  for (const std::string& name : names) {
    try {
      if (drop(folder, name, space)) ++dropped;
    } catch (const Error& error) {
      log.info("{}: left as it is: {}", name, error.message());
    }
  }
  return dropped;
}

}  // namespace

void drop_unusable_stores(const Folder& folder, Space& space, Log& log) {
  const Folder::Unusable unusable = folder.unusable_stores();
  if (const std::size_t dropped = drop_all(folder, unusable.of_other_format, space, log); dropped > 0) {
    log.warning("{}: {} images were dropped: an earlier version of rimfs stored them in another format", folder.path(),
                dropped);
  }
  if (const std::size_t dropped = drop_all(folder, unusable.damaged, space, log); dropped > 0) {
    log.warning("{}: {} images were dropped: their identity files are damaged", folder.path(), dropped);
  }
}

}  // namespace rimfs::cache::disk
