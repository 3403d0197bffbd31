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

/// Fetches an image's tables (formats/plan.h) while its first reader still reads the header, all at once instead of one
/// round trip each. Nobody waits for it; what fails is left to the reader. Owns what is under way.
class TablePrefetch {
 public:
  /// All outlive it. Tables are parsed on a thread of `pool`. `memory`: what may be fetched ahead of all readers; the
  /// tables of one image use half of it at most. Zero turns it off.
  TablePrefetch(reactor::EventLoop& loop, reactor::Offload& pool, fetch::Fetcher& fetcher,
                const cache::BlockCache& cache, ByteCount memory, Log& log);

  /// Any thread; once for each file, after the read of its first bytes was handed to the fetcher: then these are on
  /// their way, and what is no image costs nothing.
  void start(std::shared_ptr<fetch::RemoteFile> file);

  /// Reactor only, after the fetcher was closed: waits for the end of all that is under way.
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
