// SPDX-License-Identifier: MIT
#include "cache/disk/disk_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cache/disk/eviction.h"
#include "reactor/offload.h"

namespace rimfs::cache::disk {
namespace {

/// After this, or this many blocks, what was written is made durable: that much a crash may cost.
constexpr std::chrono::seconds kCommitAfter{1};
constexpr std::size_t kCommitBlocks = 64;
/// How often a writer without work looks whether other processes need room that its images take.
constexpr std::chrono::seconds kLookAfter{5};
/// What is left to everybody else on the file system.
constexpr ByteCount kLeaveFree = 256_MiB;

}  // namespace

DiskCache::DiskCache(const std::string& directory, ByteCount limit, Geometry geometry, std::size_t longest_queue,
                     Log& log)
    : folder_(directory),
      geometry_(geometry),
      longest_queue_(longest_queue),
      log_(log),
      space_(folder_.space_file(), limit, [this] { return folder_.allocated(); }) {
  writer_ = reactor::quiet_thread([this] { write_all(); });
}

DiskCache::~DiskCache() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  writer_.join();
}

std::shared_ptr<ImageStore> DiskCache::open(const ImageKey& key) {
  try {
    std::shared_ptr<ImageStore> store = open_store(key);
    log_.info("{}: the disk cache has {} blocks{}", key.url, store->totals().blocks,
              store->may_write() ? "" : "; another process writes there");
    return store;
  } catch (const Error& error) {
    log_.warning("the disk cache is not used for {}: {}", key.url, error.message());
    return nullptr;
  }
}

std::shared_ptr<ImageStore> DiskCache::open_store(const ImageKey& key) {
  const MutexLock opening(opening_);
  return store_in(folder_.store_of(key, geometry_), key, geometry_);
}

/// The one store of this process in `folder`: a second one would find the first one's lock and not write.
std::shared_ptr<ImageStore> DiskCache::store_in(const std::string& folder, const ImageKey& key, Geometry geometry) {
  {
    const MutexLock lock(mutex_);
    if (std::shared_ptr<ImageStore> known = stores_[folder].lock()) return known;
  }
  auto store = std::make_shared<ImageStore>(folder, key, geometry, space_);
  const MutexLock lock(mutex_);
  stores_[folder] = store;
  return store;
}

std::optional<ImageKey> DiskCache::last_version(const std::string& url) const {
  std::optional<ImageKey> last;
  std::filesystem::file_time_type newest;
  for (Folder::Found& found : folder_.stores()) {
    if (found.key.url != url || found.block_size != geometry_.block) continue;
    std::error_code problem;
    const auto time = std::filesystem::last_write_time(found.path + "/index", problem);
    if (problem || (last && time <= newest)) continue;
    newest = time;
    last = std::move(found.key);
  }
  return last;
}

bool DiskCache::save(const std::shared_ptr<ImageStore>& store, std::uint32_t block, BlockRef held) {
  return enqueue({store, block, std::move(held), 0});
}

bool DiskCache::save_zeros(const std::shared_ptr<ImageStore>& store, std::uint32_t block, std::uint64_t chunks) {
  return enqueue({store, block, BlockRef(), chunks});
}

bool DiskCache::enqueue(Job job) {
  if (!job.store->may_write()) return true;
  {
    const MutexLock lock(mutex_);
    if (broken_) return true;
    if (queue_.size() >= longest_queue_ && !unlimited_) return false;
    queue_.push_back(std::move(job));
  }
  work_.notify_one();
  return true;
}

void DiskCache::lift_limit() {
  const MutexLock lock(mutex_);
  unlimited_ = true;
}

void DiskCache::report_bad(const ImageStore& store, std::uint32_t block) {
  log_.warning("{}: block {} in the disk cache is damaged; fetching it again", store.key().url, block);
}

void DiskCache::flush() {
  const MutexLock lock(mutex_);
  while (!queue_.empty() || busy_) done_.wait(mutex_);
}

/// The writer's thread: writes what comes, commits when there is enough or nothing more comes for a while.
void DiskCache::write_all() {
  std::size_t uncommitted = 0;
  std::chrono::steady_clock::time_point commit_at;
  for (;;) {
    Job job;
    {
      const MutexLock lock(mutex_);
      const auto nothing = [this]() RIMFS_REQUIRES(mutex_) { return queue_.empty() && !stopping_; };
      if (nothing() && uncommitted > 0) {
        work_.wait_until(mutex_, commit_at);
      } else if (nothing()) {
        work_.wait_for(mutex_, kLookAfter);
      }
      if (!queue_.empty()) {
        job = std::move(queue_.front());
        queue_.pop_front();
      } else if (stopping_ && uncommitted == 0) {
        return;
      }
      busy_ = true;
    }
    if (job.store) {
      if (uncommitted++ == 0) commit_at = std::chrono::steady_clock::now() + kCommitAfter;
      write_one(job);
    } else {
      watch_space();
    }
    const bool late = uncommitted > 0 && std::chrono::steady_clock::now() >= commit_at;
    if (!job.store || late || uncommitted >= kCommitBlocks) {
      commit_all();
      uncommitted = 0;
    }
    job = Job();
    const MutexLock lock(mutex_);
    busy_ = uncommitted > 0;
    if (!busy_ && queue_.empty()) done_.notify_all();
  }
}

void DiskCache::write_one(Job& job) {
  try {
    make_room();
    if (!job.held) zeros_.resize(geometry_.block.value);
    const std::uint64_t present = job.held ? job.held->present() : job.zeros;
    const std::byte* bytes = job.held ? job.held->data() : zeros_.data();
    if (!low_on_space_ && !job.store->save(job.block, present, bytes)) return;  // the limit is reached
    const bool known = std::find(written_.begin(), written_.end(), job.store) != written_.end();
    if (!known) written_.push_back(job.store);
  } catch (const Error& error) {
    give_up_writing(error);
  }
}

void DiskCache::commit_all() {
  try {
    for (const auto& store : written_) store->commit();
  } catch (const Error& error) {
    give_up_writing(error);
  }
  written_.clear();
}

/// The images whose blocks we may give up: those this process writes, and those that no process has open.
std::vector<std::shared_ptr<ImageStore>> DiskCache::writable_stores() {
  std::vector<std::shared_ptr<ImageStore>> stores;
  for (const Folder::Found& found : folder_.stores()) {
    try {
      const MutexLock opening(opening_);
      std::shared_ptr<ImageStore> store = store_in(found.path, found.key, geometry_of(found.block_size));
      if (store->may_write()) stores.push_back(std::move(store));
    } catch (const Error& error) {
      log_.info("{}: left as it is: {}", found.key.url, error.message());  // somebody may have removed it just now
    }
  }
  return stores;
}

/// Keeps the cache below its limit and the file system from filling. Each store is opened once for all that is given up
/// until there is room again. What another process writes is left to it: it looks by itself.
void DiskCache::make_room() {
  const ByteCount free = free_space(folder_.path());
  low_on_space_ = free < kLeaveFree;
  const ByteCount used = space_.used();
  if (used <= space_.watermarks().high() && !low_on_space_) return;
  if (writes_until_eviction_ > 0) {
    --writes_until_eviction_;
    return;
  }
  const ByteCount wanted = low_on_space_ ? kLeaveFree - free : used - space_.watermarks().low();
  const ByteCount freed = give_up_least_worth(writable_stores(), wanted);
  // The rest belongs to others, or is not committed yet: to look at all of it again for each block would gain nothing.
  writes_until_eviction_ = freed < wanted ? kCommitBlocks : 0;
}

/// Without anything to write: others may need the room.
void DiskCache::watch_space() {
  {
    const MutexLock lock(mutex_);
    if (broken_ || stopping_) return;
  }
  try {
    make_room();
  } catch (const Error& error) {
    give_up_writing(error);
  }
}

void DiskCache::give_up_writing(const Error& error) {
  const MutexLock lock(mutex_);
  if (!broken_) log_.warning("the disk cache is not written any more: {}", error.message());
  broken_ = true;
  queue_.clear();
}

}  // namespace rimfs::cache::disk
