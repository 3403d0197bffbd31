// SPDX-License-Identifier: MIT
#include "cache/disk/old_stores.h"

#include "base/directory.h"
#include "base/error.h"

namespace rimfs::cache::disk {
namespace {

/// False when another process writes there.
bool drop(const Folder& folder, const std::string& name, Space& space) {
  const Directory store = folder.open(name);
  File lock = store.open_or_make("lock");
  if (!lock.try_lock()) return false;
  const ByteCount freed = store.allocated("data");
  folder.remove(name);
  space.give_back(freed);
  return true;
}

}  // namespace

void drop_old_stores(const Folder& folder, Space& space, Log& log) {
  std::size_t dropped = 0;
  for (const std::string& store : folder.old_stores()) {
    try {
      if (drop(folder, store, space)) ++dropped;
    } catch (const Error& error) {
      log.info("{}: left as it is: {}", store, error.message());
    }
  }
  if (dropped > 0) {
    log.warning("{}: {} images were dropped: an earlier version of rimfs stored them in another format", folder.path(),
                dropped);
  }
}

}  // namespace rimfs::cache::disk
