// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include "base/log.h"
#include "cache/block_cache.h"
#include "cache/disk/disk_cache.h"
#include "cache/tier.h"
#include "config/settings.h"
#include "fetch/fetcher.h"
#include "http/client.h"
#include "http/curl.h"
#include "http/curl_transport.h"
#include "image/access_traces.h"
#include "image/found_files.h"
#include "image/lookup_service.h"
#include "image/remote_files.h"
#include "observe/counters.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/reactor_thread.h"

namespace rimfs::cli {

/// All parts that read remote images, without a mount. Constructs them in the order of dependency and destroys them in
/// reverse. Owns all of them. Made, used and destroyed on the main thread.
class Engine {
 public:
  /// The role of the disk cache.
  enum class Caching {
    aside,    ///< Reading has priority: blocks that the disk is too slow for are left out.
    purpose,  ///< All blocks are kept.
  };
  /// Checks every source. Throws the first Error.
  Engine(const config::Settings& settings, Log& log, Caching caching = Caching::aside);
  /// Ends all work in progress, and logs out from the servers.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  image::LookupService& lookups() { return lookups_; }
  observe::Counters& counters() { return counters_; }
  /// Runs until the engine is destroyed.
  reactor::EventLoop& loop() { return loop_; }
  /// False when none is configured, or the disk cannot be used.
  bool has_disk_cache() const { return disk_ != nullptr; }

 private:
  reactor::Task<> close_all();
  image::ImageOpener::Parts image_parts();

  const http::CurlLibrary curl_;
  Log& log_;
  observe::Counters counters_;
  cache::BlockCache cache_;
  readahead::Budget budget_;
  reactor::EventLoop loop_;
  http::CurlTransport transport_;
  http::Client client_;
  reactor::Offload disk_readers_;
  reactor::Offload parsers_;
  const std::unique_ptr<cache::disk::DiskCache> disk_;
  const std::unique_ptr<cache::Tier> tier_;
  fetch::Fetcher fetcher_;
  image::TablePrefetch tables_;
  image::AccessTraces traces_;
  image::RemoteFiles remote_files_;
  image::FoundFiles found_files_;
  image::Namespace names_;
  image::ImageOpener images_;
  image::LookupService lookups_;
  reactor::ReactorThread reactor_;
};

}  // namespace rimfs::cli
