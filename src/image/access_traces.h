// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/thread_safety.h"
#include "cache/block_cache.h"
#include "fetch/fetcher.h"
#include "fetch/remote_file.h"
#include "image/trace_folder.h"
#include "observe/counters.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"
#include "traces/recording.h"
#include "traces/replay.h"

namespace rimfs::image {

/// The access trace of one image in this mount: the recording of its readers' requests, and the replay of the last
/// mount's recording ahead of them. Only AccessTraces uses it. Any thread.
class ImageTrace {
 public:
  ImageTrace(std::string key, ByteCount image_size) : key_(std::move(key)), recording_(image_size) {}

 private:
  friend class AccessTraces;

  const std::string key_;
  Mutex mutex_;
  traces::Recording recording_ RIMFS_GUARDED_BY(mutex_);
  std::optional<traces::Replay> replay_ RIMFS_GUARDED_BY(mutex_);  // set once the last mount's trace is loaded
  bool started_ RIMFS_GUARDED_BY(mutex_) = false;
  bool advancing_ RIMFS_GUARDED_BY(mutex_) = false;  // the reactor is scheduled to request more
  bool changed_ RIMFS_GUARDED_BY(mutex_) = false;    // since it was written last
  bool keeping_ RIMFS_GUARDED_BY(mutex_) = false;    // the reactor is scheduled to write it
  bool passed_over_ RIMFS_GUARDED_BY(mutex_) = false;
};

/// Records what is read first of each image, and requests it in the same order at the next mount's first read: many
/// requests at once instead of one round trip each. A wrong guess costs bytes and never returns wrong data, because
/// everything is fetched and checked as usual. No reader waits for it. Owns its tasks.
class AccessTraces {
 public:
  /// `folder` null: records and replays nothing. `memory`: the most that may be fetched ahead of all readers. An
  /// image's trace has at most half of it unread at a time, and requests at most a quarter of it in all. Zero: replays
  /// nothing. All references outlive it.
  AccessTraces(reactor::EventLoop& loop, fetch::Fetcher& fetcher, const cache::BlockCache& cache,
               std::unique_ptr<TraceFolder> folder, reactor::Offload& disk, ByteCount memory,
               observe::Counters& counters, Log& log);

  /// The trace of an image that is shown under `name`; null when none is kept. All versions of the file share it. Any
  /// thread.
  std::shared_ptr<ImageTrace> trace_of(const fetch::RemoteFile& file, const std::string& name) const;

  /// Records a read of a reader, after the read was handed to the fetcher. Any thread.
  void observe(const std::shared_ptr<fetch::RemoteFile>& file, const std::shared_ptr<ImageTrace>& trace,
               const traces::Read& read);

  /// Reactor only, after the fetcher was closed and the sleeping tasks were woken. Writes the traces that are not
  /// written yet.
  reactor::Task<> close();

 private:
  reactor::Task<> start(std::shared_ptr<fetch::RemoteFile> file, std::shared_ptr<ImageTrace> trace);
  void advance(const std::shared_ptr<fetch::RemoteFile>& file, ImageTrace& trace);
  reactor::Task<> keep(std::shared_ptr<ImageTrace> trace);
  void save(ImageTrace& trace);

  // Constant after construction.
  reactor::EventLoop& loop_;
  fetch::Fetcher& fetcher_;
  const cache::BlockCache& cache_;
  const std::unique_ptr<TraceFolder> folder_;
  reactor::Offload& disk_;
  const ByteCount memory_;
  observe::Counters& counters_;
  Log& log_;

  // Reactor only.
  reactor::TaskScope running_;
};

}  // namespace rimfs::image
