// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "base/log.h"
#include "cache/block_cache.h"
#include "fetch/fetcher.h"
#include "fetch/remote_file.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::image {

/// Fetches an image's tables (formats/plan.h) while its first reader still reads the header: many at once instead of
/// one round trip each. No reader waits for it, and failures are left to the reader's own requests. Owns its tasks.
class TablePrefetch {
 public:
  /// All references outlive it. Tables are parsed on a thread of `pool`. `memory`: the most that may be fetched ahead
  /// of all readers; the tables of one image use half of it at most. Zero disables it.
  TablePrefetch(reactor::EventLoop& loop, reactor::Offload& pool, fetch::Fetcher& fetcher,
                const cache::BlockCache& cache, ByteCount memory, Log& log);

  /// Starts the prefetch. Any thread; once for each file, after the read of its first bytes was handed to the fetcher.
  /// These bytes are then in flight, so a file that is no image costs no request.
  void start(std::shared_ptr<fetch::RemoteFile> file);

  /// Reactor only, after the fetcher was closed: waits for the tasks in progress.
  reactor::Task<> close();

 private:
  reactor::Task<> run(std::shared_ptr<fetch::RemoteFile> file);

  // Constant after construction.
  reactor::EventLoop& loop_;
  reactor::Offload& pool_;
  fetch::Fetcher& fetcher_;
  const cache::BlockCache& cache_;
  const ByteCount memory_;
  Log& log_;

  // Reactor only.
  reactor::TaskScope running_;
};

}  // namespace rimfs::image
