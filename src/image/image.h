// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
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

/// One open handle of an image: its readahead streams. Made by Image::open(); any thread.
class OpenFile {
 public:
  OpenFile(ByteCount size, readahead::Share share) : readahead_(size, share) {}

 private:
  friend class Image;
  Mutex mutex_;
  readahead::Readahead readahead_ RIMFS_GUARDED_BY(mutex_);
};

/// One version of one remote disk image, as a file that can be read. A remote file that changes becomes another
/// Image; the old one is stale and every read of it fails with ErrorKind::changed. Any thread; never waits for
/// the network.
class Image : public Node {
 public:
  /// What it reads with. All outlive it.
  struct Parts {
    cache::BlockCache& cache;
    fetch::Fetcher& fetcher;
    readahead::Budget& budget;
    TablePrefetch& tables;
    AccessTraces& traces;
  };
  /// `folder` is where the mount shows it. `prefetch_all`: the user wants all of it on the disk cache.
  Image(std::string name, std::weak_ptr<Folder> folder, std::shared_ptr<fetch::RemoteFile> file, Parts parts,
        bool prefetch_all);
  ~Image() override;

  /// Null when the folder is gone.
  std::shared_ptr<Folder> folder() const { return folder_.lock(); }
  ByteCount size() const { return file_->size(); }
  std::chrono::system_clock::time_point modified() const;
  /// For people: without user, password and query.
  DisplayUrl display_url() const;
  /// The entity tag as the server wrote it; empty when it sends none.
  std::string etag() const;
  /// True once the remote file was seen to be another one.
  bool stale() const { return file_->changed(); }
  /// Bytes that are known to read as zero.
  ByteCount known_zero() const { return file_->known_zero(); }
  /// False while the server could not be asked whether it still has this version.
  bool checked() const { return !file_->offline(); }
  bool prefetch_all() const { return prefetch_all_; }
  const std::shared_ptr<fetch::RemoteFile>& file() const { return file_; }

  /// What became of its reads, and what of it is in memory. Walks the cache: for status, not for reads.
  struct Statistics {
    std::uint64_t hits = 0;    ///< Reads answered from memory.
    std::uint64_t misses = 0;  ///< Reads that waited for the network.
    std::uint64_t cached_blocks = 0;
    ByteCount cached_bytes;
  };
  Statistics statistics() const;

  std::shared_ptr<OpenFile> open();

  /// `range` as far as the file goes.
  ByteRange clipped(ByteRange range) const { return range.intersect(file_->whole()); }
  ByteCount block_size() const { return cache_.block_size(); }

  /// Finds the bytes of a range within the file. True when all of it is in memory or known to be zero; `found`, which
  /// is empty before, has the bytes then. Counts as a use of their blocks.
  bool find(ByteRange range, FoundBytes& found) const;
  /// A read that find() has answered: what it says of the reader's next ones.
  void note_hit(OpenFile& handle, ByteRange range);
  /// A read that find() has not answered. It ends on the reactor.
  void fetch(OpenFile& handle, std::shared_ptr<Read> read);
  /// Its reader gave up: it fails soon with ErrorKind::cancelled, unless it is answered first.
  void cancel(std::shared_ptr<Read> read);

  /// Where data (or what is not known to be zero), or a known hole, starts at or after `from`; nothing when there
  /// is none before the end of the file. seek_hole() gives the end of the file as the last hole. No traffic.
  std::optional<Offset> seek_data(Offset from) const;
  std::optional<Offset> seek_hole(Offset from) const;

 private:
  readahead::Advice observe(OpenFile& handle, readahead::Observation read);
  void follow_up(ByteRange range, std::uint64_t number, const readahead::Advice& advice);

  const std::weak_ptr<Folder> folder_;
  const std::shared_ptr<fetch::RemoteFile> file_;
  cache::BlockCache& cache_;
  fetch::Fetcher& fetcher_;
  readahead::Budget& budget_;
  const bool prefetch_all_;
  TablePrefetch& tables_;
  AccessTraces& traces_;
  const std::shared_ptr<ImageTrace> trace_;  // null when none is kept

  std::atomic<bool> tables_wanted_{false};  // since its first bytes were read
  std::atomic<std::uint64_t> reads_{0};
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
};

}  // namespace rimfs::image
