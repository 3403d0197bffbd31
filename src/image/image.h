// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/byte_range.h"
#include "base/thread_safety.h"
#include "cache/block_cache.h"
#include "fetch/fetcher.h"
#include "fetch/remote_file.h"
#include "image/access_traces.h"
#include "image/folder.h"
#include "image/node.h"
#include "image/read.h"
#include "image/table_prefetch.h"
#include "readahead/readahead.h"

namespace rimfs::image {

/// The readahead streams of one open handle of an image. Made by Image::open(); any thread.
class OpenFile {
 public:
  OpenFile(ByteCount size, readahead::Share share) : readahead_(size, share) {}

 private:
  friend class Image;
  Mutex mutex_;
  readahead::Readahead readahead_ RIMFS_GUARDED_BY(mutex_);
};

/// One version of one remote disk image, as a readable file. When the remote file changes, another Image takes its
/// place; the old one is stale, and every read of it fails with ErrorKind::changed. Any thread. Never waits for the
/// network.
class Image : public Node {
 public:
  /// The parts that it uses. All outlive it.
  struct Parts {
    cache::BlockCache& cache;
    fetch::Fetcher& fetcher;
    readahead::Budget& budget;
    TablePrefetch& tables;
    AccessTraces& traces;
  };
  /// What its tree says of it beside its bytes.
  struct Details {
    bool prefetch_all = false;             ///< The user wants all of it in the disk cache.
    std::optional<std::int64_t> modified;  ///< Its own time, in seconds since 1970; none: that of the remote file.
    std::string inside;                    ///< Where in the remote file it is, for people: "!/disk.img".
  };
  /// `folder`: where the mount shows it.
  Image(std::string name, std::weak_ptr<Folder> folder, std::shared_ptr<fetch::RemoteFile> file, Parts parts,
        Details details);
  ~Image() override;

  /// Null when the folder has ended.
  std::shared_ptr<Folder> folder() const { return folder_.lock(); }
  /// The server that lists it: its origin. That of its own address when no server does.
  std::string listing_server() const;
  ByteCount size() const { return file_->size(); }
  std::chrono::system_clock::time_point modified() const;
  /// For people: without user, password and query.
  DisplayUrl display_url() const;
  /// The entity tag as the server sent it; empty when it sends none.
  std::string etag() const;
  /// True once a reply has shown that the server has another file.
  bool stale() const { return file_->changed(); }
  /// The bytes that are known to read as zero.
  ByteCount known_zero() const { return file_->known_zero(); }
  /// False when the server could not be reached at the last check, so that it may have another version.
  bool checked() const { return !file_->offline(); }
  bool prefetch_all() const { return details_.prefetch_all; }
  const std::shared_ptr<fetch::RemoteFile>& file() const { return file_; }

  /// How its reads were answered, and how much of it is in memory. Walks the cache: for status, not for reads.
  struct Statistics {
    std::uint64_t hits = 0;    ///< The reads answered from memory.
    std::uint64_t misses = 0;  ///< The reads whose bytes were not all in memory.
    std::uint64_t cached_blocks = 0;
    ByteCount cached_bytes;
  };
  Statistics statistics() const;

  std::shared_ptr<OpenFile> open();

  /// The part of `range` that lies in the file.
  ByteRange clipped(ByteRange range) const { return range.intersect(file_->whole()); }
  ByteCount block_size() const { return cache_.block_size(); }

  /// Takes the bytes of a read, in order, in the cache's own memory: valid only during the call. Must not throw.
  using Reply = std::function<void(std::span<const iovec>)>;
  /// Answers a read within the file when all of it is in memory or known to be zero: calls `reply` once, here, and
  /// returns true. The read is observed before the reply, because its reader's next read may come from inside the
  /// reply's system call; the requests that it suggests start after the reply.
  bool read_now(OpenFile& handle, ByteRange range, const Reply& reply);
  /// Fetches a read that read_now() could not answer. The read ends on the reactor.
  void fetch(OpenFile& handle, std::shared_ptr<Read> read);
  /// The reader no longer waits: the read fails soon with ErrorKind::cancelled, unless it is answered first.
  void cancel(std::shared_ptr<Read> read);

  /// The start of data (or of an unknown range), or of a known hole, at or after `from`. Empty when there is none
  /// before the end of the file; seek_hole() then returns the end of the file. No traffic.
  std::optional<Offset> seek_data(Offset from) const;
  std::optional<Offset> seek_hole(Offset from) const;

 private:
  bool find(ByteRange range, FoundBytes& found) const;
  readahead::Advice observe(OpenFile& handle, readahead::Observation read);
  void follow_up(ByteRange range, std::uint64_t number, const readahead::Advice& advice);

  const std::weak_ptr<Folder> folder_;
  const std::shared_ptr<fetch::RemoteFile> file_;
  cache::BlockCache& cache_;
  fetch::Fetcher& fetcher_;
  readahead::Budget& budget_;
  const Details details_;
  TablePrefetch& tables_;
  AccessTraces& traces_;
  const std::shared_ptr<ImageTrace> trace_;  // null when none is kept

  std::atomic<bool> tables_wanted_{false};  // set when its first bytes are read
  std::atomic<std::uint64_t> reads_{0};
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
};

}  // namespace rimfs::image
