// SPDX-License-Identifier: MIT
// DiskCache: the stores that are open in this process. A second store of the same image would fail to get the first
// one's lock, so there is at most one at a time, also while it is being closed.
#include "cache/disk/disk_cache.h"

namespace rimfs::cache::disk {

std::shared_ptr<ImageStore> DiskCache::open(const ImageKey& key) {
  const std::string name = Folder::name_of(key, geometry_);
  if (is_broken()) {
    std::shared_ptr<ImageStore> known = known_store(name);
    return known ? known : open_for_reading(key);
  }
  try {
    std::shared_ptr<ImageStore> store;
    {
      const MutexLock opening(opening_);
      const auto open_directory = [&] { return folder_.store_of(key, geometry_); };
      store = store_named(name, open_directory, key, geometry_);
    }
    log_.info("{}: the disk cache has {} blocks{}", key.url, store->totals().blocks,
              store->may_write() ? "" : "; nothing is added while another process writes there");
    return store;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::system) {
      log_.warning("the disk cache is not used for {}: {}", key.url, error.message());
      return nullptr;
    }
    give_up_writing(error);
  }
  return open_for_reading(key);
}

/// Opens a store on a disk that cannot be written, for reading only. Returns null when there is no store, which was
/// already logged.
std::shared_ptr<ImageStore> DiskCache::open_for_reading(const ImageKey& key) {
  try {
    return std::make_shared<ImageStore>(folder_.store_of(key, geometry_, Directory::Missing::fail), key, geometry_,
                                        space_, ImageStore::Access::look, now_);
  } catch (const Error& error) {
    log_.debug("the disk cache is not used for {}: {}", key.url, error.message());
    return nullptr;
  }
}

std::optional<ImageKey> DiskCache::last_version(const ImageId& place, const ImageId& request) const {
  std::optional<ImageKey> last;
  std::chrono::system_clock::time_point newest;
  std::vector<ImageKey> strong;  // of the place, for any requester
  for (Folder::Found& found : folder_.stores()) {
    if (found.key.place != place || !found.key.whole || found.block_size != geometry_.block) continue;
    if (found.key.strong) strong.push_back(found.key);
    if (found.key.request != request) continue;
    const auto time = folder_.open(found).written_at(IndexLog::kName);
    if (!time || (last && *time <= newest)) continue;
    newest = *time;
    last = std::move(found.key);
  }
  if (!last && strong.size() == 1) last = std::move(strong.front());
  return last;
}

/// Returns the store of this name if it is open in this process. A store that is queued to be closed is used again; a
/// store that is being closed is waited for.
std::shared_ptr<ImageStore> DiskCache::known_store(const std::string& name) {
  const MutexLock lock(mutex_);
  for (;;) {
    const auto found = stores_.find(name);
    if (found == stores_.end()) return nullptr;
    if (std::shared_ptr<ImageStore> known = found->second.shared.lock()) return known;
    if (found->second.unused) {
      std::erase(unused_, name);
      return shared(name, std::move(found->second.unused));
    }
    done_.wait(mutex_);
  }
}

std::shared_ptr<ImageStore> DiskCache::store_named(const std::string& name, const OpenDirectory& open,
                                                   const ImageKey& key, Geometry geometry) {
  if (std::shared_ptr<ImageStore> known = known_store(name)) return known;
  auto store = std::make_unique<ImageStore>(open(), key, geometry, space_, ImageStore::Access::write, now_);
  const MutexLock lock(mutex_);
  return shared(name, std::move(store));
}

std::shared_ptr<ImageStore> DiskCache::shared(const std::string& name, std::unique_ptr<ImageStore> store) {
  const auto close = [this, name](ImageStore* unused) { close_later(name, std::unique_ptr<ImageStore>(unused)); };
  std::shared_ptr<ImageStore> result(store.release(), close);
  stores_[name] = {result, nullptr};
  return result;
}

/// Queues the store for closing, so that the thread that released it, such as the reactor, does not wait for the disk.
void DiskCache::close_later(const std::string& name, std::unique_ptr<ImageStore> unused) {
  {
    const MutexLock lock(mutex_);
    stores_[name].unused = std::move(unused);
    unused_.push_back(name);
  }
  done_.notify_all();
  work_.notify_one();
}

std::unique_ptr<ImageStore> DiskCache::next_unused(std::string& name) {
  if (unused_.empty()) return nullptr;
  name = std::move(unused_.front());
  unused_.pop_front();
  return std::move(stores_[name].unused);
}

void DiskCache::close_one(const std::string& name, std::unique_ptr<ImageStore> unused) {
  unused.reset();
  {
    const MutexLock lock(mutex_);
    stores_.erase(name);
  }
  done_.notify_all();
}

/// The stores from which this process may evict: those it writes, and those that no process has open.
std::vector<std::shared_ptr<ImageStore>> DiskCache::writable_stores() {
  std::vector<std::shared_ptr<ImageStore>> stores;
  for (const Folder::Found& found : folder_.stores()) {
    try {
      const MutexLock opening(opening_);
      const auto open_directory = [&] { return folder_.open(found); };
      std::shared_ptr<ImageStore> store =
          store_named(found.name, open_directory, found.key, geometry_of(found.block_size));
      if (store->may_write()) stores.push_back(std::move(store));
    } catch (const Error& error) {
      // Another process may have removed it just now.
      log_.info("{}: left as it is: {}", found.key.url, error.message());
    }
  }
  return stores;
}

/// Retries the write lock of stores that another process wrote, because it may have ended. A try costs one system call.
void DiskCache::try_to_write_again() {
  std::vector<std::shared_ptr<ImageStore>> stores;  // released without the lock: this may be the last reference
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, known] : stores_) stores.push_back(known.shared.lock());
  }
  for (const std::shared_ptr<ImageStore>& store : stores) {
    if (store && !store->may_write() && store->try_to_write())
      log_.info("{}: this process writes to the disk cache now", store->key().url);
  }
}

}  // namespace rimfs::cache::disk
