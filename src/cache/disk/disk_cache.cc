// SPDX-License-Identifier: MIT
// DiskCache: the writer's thread, and its reaction to a full disk. The stores are in disk_stores.cc.
#include "cache/disk/disk_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cache/disk/eviction.h"
#include "cache/disk/unusable_stores.h"

namespace rimfs::cache::disk {
namespace {

/// Written blocks are made durable after this time or this many blocks. A crash may lose that much.
constexpr std::chrono::seconds kCommitAfter{1};
constexpr std::size_t kCommitBlocks = 64;
/// The interval at which the writer checks whether other processes have ended, or need space that its images take.
constexpr std::chrono::seconds kMaintainAfter{5};
/// The number of damaged blocks that are logged one by one: a failing disk has many.
constexpr unsigned kMostDamageReported = 10;
/// The number of images that are logged as not storable: a folder may contain thousands.
constexpr std::size_t kMostNotStoredReported = 20;

}  // namespace

DiskCache::DiskCache(const std::string& directory, ByteCount limit, Geometry geometry, std::size_t longest_queue,
                     Log& log, ImageStore::Now now)
    : folder_(directory),
      geometry_(geometry),
      longest_queue_(longest_queue),
      log_(log),
      now_(std::move(now)),
      space_(folder_.directory(), limit, [this] { return folder_.allocated(); }) {
  if (space_.watermarks().ceiling() < geometry_.block) {
    give_up_writing(Error(ErrorKind::misuse, fmt::format("its limit of {} bytes is less than one block of {}",
                                                         limit.value, geometry_.block.value)));
  }
  note_free_space(folder_.directory().free_space() < kLeftFree);  // logged before the first read
  drop_unusable_stores(folder_, space_, log_);
  maintain_at_ = std::chrono::steady_clock::now() + kMaintainAfter;
  writer_ = JoiningThread([this] { write_all(); });
}

DiskCache::~DiskCache() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
}

std::string DiskCache::state() const {
  const MutexLock lock(mutex_);
  if (!failure_.empty()) return failure_;
  return pause_.empty() ? "caching" : pause_;
}

bool DiskCache::is_broken() const {
  const MutexLock lock(mutex_);
  return !failure_.empty();
}

bool DiskCache::save(const std::shared_ptr<ImageStore>& store, std::uint32_t block, BlockRef held,
                     std::uint64_t leave_out) {
  return enqueue({store, block, std::move(held), 0, leave_out});
}

bool DiskCache::save_zeros(const std::shared_ptr<ImageStore>& store, std::uint32_t block, std::uint64_t chunks) {
  return enqueue({store, block, BlockRef(), chunks, 0});
}

void DiskCache::clear(std::shared_ptr<ImageStore> store) {
  if (!store->may_write()) return;
  Job job;
  job.store = std::move(store);
  job.clear = true;
  {
    const MutexLock lock(mutex_);
    if (!failure_.empty()) return;
    queue_.push_back(std::move(job));
  }
  work_.notify_one();
}

bool DiskCache::enqueue(Job job) {
  if (!job.store->may_write()) return true;
  {
    const MutexLock lock(mutex_);
    if (!failure_.empty()) return true;
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

void DiskCache::report_not_stored(const std::string& url) {
  {
    const MutexLock lock(mutex_);
    if (not_stored_.size() >= kMostNotStoredReported || !not_stored_.insert(url).second) return;
  }
  log_.warning("{}: not kept in the disk cache: the server sends neither an entity tag nor a time of the file", url);
}

void DiskCache::report_bad(const ImageStore& store, std::uint32_t block) {
  const unsigned told = damage_reported_.fetch_add(1, std::memory_order_relaxed);
  if (told >= kMostDamageReported) return;
  log_.warning("{}: block {} in the disk cache is damaged; fetching it again{}", store.key().url, block,
               told + 1 == kMostDamageReported ? "; further ones are not reported" : "");
}

void DiskCache::flush() {
  const MutexLock lock(mutex_);
  ++flushing_;
  work_.notify_one();
  while (!queue_.empty() || !unused_.empty() || busy_) done_.wait(mutex_);
  --flushing_;
}

/// The writer's thread: writes queued blocks; commits when there are enough or when the queue stays empty for a while.
void DiskCache::write_all() {
  std::size_t uncommitted = 0;
  std::chrono::steady_clock::time_point commit_at;
  for (;;) {
    Job job;
    std::string name;
    std::unique_ptr<ImageStore> unused;
    {
      const MutexLock lock(mutex_);
      const bool nothing = queue_.empty() && unused_.empty() && !stopping_;
      const bool commit_now = flushing_ > 0 && uncommitted > 0;
      if (nothing && !commit_now)
        work_.wait_until(mutex_, uncommitted > 0 ? std::min(commit_at, maintain_at_) : maintain_at_);
      unused = next_unused(name);
      if (unused) {
        // Closed below.
      } else if (!queue_.empty()) {
        job = std::move(queue_.front());
        queue_.pop_front();
      } else if (stopping_ && uncommitted == 0) {
        return;
      }
      busy_ = true;
    }
    const bool rests = !job.store && !unused;
    if (unused) close_one(name, std::move(unused));
    if (job.store) {
      if (uncommitted++ == 0) commit_at = std::chrono::steady_clock::now() + kCommitAfter;
      write_one(job);
      job = Job();
    }
    const auto now = std::chrono::steady_clock::now();
    if (uncommitted > 0 && (rests || now >= commit_at || uncommitted >= kCommitBlocks)) {
      commit_all();
      uncommitted = 0;
    }
    if (now >= maintain_at_) {
      maintain();
      maintain_at_ = now + kMaintainAfter;
    }
    const MutexLock lock(mutex_);
    busy_ = uncommitted > 0;
    if (!busy_ && queue_.empty() && unused_.empty()) done_.notify_all();
  }
}

void DiskCache::write_one(Job& job) {
  if (is_broken()) return;
  try {
    if (job.clear) return job.store->clear();
    make_room();
    if (low_on_space_) return;
    if (!job.held) zeros_.resize(geometry_.block.value);
    const std::uint64_t present = job.held ? job.held->present() & ~job.leave_out : job.zeros;
    if (present == 0) return;
    const std::byte* bytes = job.held ? job.held->data() : zeros_.data();
    const bool saved = job.store->save(job.block, present, bytes);
    note_limit(!saved);
    if (!saved) return;
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

// ---- Room

/// Keeps the cache below its limit and keeps free space on the file system.
void DiskCache::make_room() {
  ByteCount free = folder_.directory().free_space();
  const bool full = space_.used() > space_.watermarks().high();
  if (full || free < kLeftFree) {
    if (writes_until_eviction_ > 0) {
      --writes_until_eviction_;
    } else {
      evict(free);
      free = folder_.directory().free_space();
    }
  }
  note_free_space(free < kLeftFree);
}

/// Each store is opened once for all the blocks to evict. Stores that another process writes are left to that process,
/// which checks by itself.
void DiskCache::evict(ByteCount free) {
  space_.recount();  // removes reservations of a killed process, which are no reason to evict
  const ByteCount used = space_.used();
  const ByteCount above = used > space_.watermarks().high() ? used - space_.watermarks().low() : ByteCount{};
  const ByteCount wanted = std::max(above, kLeftFree - free);
  if (wanted.is_zero()) return;
  const ByteCount freed = give_up_least_worth(writable_stores(), wanted);
  // The rest belongs to other processes or is not committed yet. Searching it again for each block would free nothing.
  writes_until_eviction_ = freed < wanted ? kCommitBlocks : 0;
}

/// A recurring state is logged as a warning only the first time.
void DiskCache::log_state(bool again, const std::string& why) {
  if (again) {
    log_.info("the disk cache {}: {}", folder_.path(), why);
  } else {
    log_.warning("the disk cache {}: {}", folder_.path(), why);
  }
}

void DiskCache::note_free_space(bool low) {
  if (low == low_on_space_) return;
  low_on_space_ = low;
  std::string why;
  if (low) {
    why = fmt::format("nothing is kept: less than {} MiB are free on the file system", kLeftFree.value >> 20);
    log_state(std::exchange(space_reported_, true), why);
  } else {
    log_.info("the disk cache {}: there is room on the file system again", folder_.path());
  }
  const MutexLock lock(mutex_);
  pause_ = std::move(why);
}

/// The limit can be reached briefly before the next eviction. It is reported only when that eviction freed too little.
void DiskCache::note_limit(bool reached) {
  reached = reached && (limit_reached_ || writes_until_eviction_ > 0);
  if (reached == limit_reached_) return;
  limit_reached_ = reached;
  std::string why = reached ? "full: its limit is reached and the rest of it is in use" : "";
  if (reached) log_state(std::exchange(limit_reported_, true), why);
  const MutexLock lock(mutex_);
  pause_ = std::move(why);
}

/// Periodic work that is needed even when the queue is empty: other processes may need space or may have ended.
void DiskCache::maintain() {
  if (is_broken()) return;
  try {
    space_.check();
    space_.recount();
    make_room();
    try_to_write_again();
  } catch (const Error& error) {
    give_up_writing(error);
  }
}

void DiskCache::give_up_writing(const Error& error) {
  // Destroyed after the lock is released: releasing the last reference to a store queues it for closing.
  std::deque<Job> dropped;
  const MutexLock lock(mutex_);
  if (!failure_.empty()) return;
  failure_ = fmt::format("the disk cache is not written any more: {}", error.message());
  log_.warning("{}", failure_);
  dropped.swap(queue_);
}

}  // namespace rimfs::cache::disk
