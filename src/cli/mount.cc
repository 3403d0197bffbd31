// SPDX-License-Identifier: MIT
// rimfs mount: constructs every part of the program in the order of dependency and takes them down the other way.
#include <curl/curl.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "base/log.h"
#include "cache/block_cache.h"
#include "cache/disk/disk_cache.h"
#include "catalog/catalog.h"
#include "cli/commands.h"
#include "cli/daemon.h"
#include "fetch/fetcher.h"
#include "fs/session.h"
#include "http/client.h"
#include "image/library.h"
#include "reactor/event_loop.h"
#include "reactor/reactor_thread.h"

namespace rimfs::cli {
namespace {

/// libcurl's global state, for as long as this lives. One in the program, made before any thread.
class CurlLibrary {
 public:
  CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~CurlLibrary() { curl_global_cleanup(); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
};

/// What may be fetched ahead: at most half of the cache, so that what was fetched stays until it is read.
ByteCount readahead_budget(const config::Settings& settings) {
  return std::min(settings.readahead.budget, settings.cache.memory / 2);
}

/// Reading a disk and checking sums: more threads would take the processors from libcurl.
constexpr unsigned kDiskReaders = 2;

/// Null when none is wanted.
std::unique_ptr<cache::disk::DiskCache> open_disk_cache(const cache::Options& options, const cache::BlockCache& cache,
                                                        Log& log) {
  if (options.directory.empty()) return nullptr;
  const cache::disk::Geometry geometry{cache.block_size(), cache.chunk_size()};
  const std::size_t queue = std::min<std::size_t>(64, cache.capacity_blocks() / 4 + 1);
  return std::make_unique<cache::disk::DiskCache>(options.directory, options.size, geometry, queue, log);
}

/// Ends everything that is under way on the reactor; afterwards it has nothing left to do.
reactor::Task<> close_all(reactor::EventLoop& loop, http::Client& client, fetch::Fetcher& fetcher,
                          image::Library& library) {
  client.cancel_all();
  loop.wake_sleepers();
  co_await fetcher.close();
  co_await library.close();
}

/// The mount can be used: from now on the log speaks for the program.
void leave_terminal(const config::Settings& settings, Daemon& daemon, Log& log) {
  const LogTarget background = settings.foreground ? LogTarget::standard_error : LogTarget::syslog;
  log = settings.log_file.empty() ? Log(background, settings.log_level)
                                  : Log(LogTarget::file, settings.log_level, settings.log_file);
  daemon.ready();
}

void report_end(const fetch::FetchCounters& counters, Log& log) {
  log.info("unmounted; {} requests, {} bytes fetched, {} failed attempts, {} still active",
           counters.requests.load(), counters.bytes.load(), counters.failures.load(), counters.active.load());
}

void serve(const config::Settings& settings, Log& log, const std::function<void()>& on_ready) {
  const CurlLibrary curl;
  cache::BlockCache cache(settings.cache.memory, settings.cache.block_size);
  readahead::Budget budget(readahead_budget(settings));
  reactor::EventLoop loop;
  http::Client client(loop, settings.http, log);
  reactor::Offload disk_readers(loop, kDiskReaders);
  const std::unique_ptr<cache::disk::DiskCache> disk = open_disk_cache(settings.cache, cache, log);
  std::optional<fetch::DiskTier> tier;
  if (disk) tier.emplace(fetch::DiskTier{*disk, disk_readers});
  fetch::Fetcher fetcher(loop, client, cache, tier, budget.total(), log);
  image::Library library({loop, client, cache, fetcher, tier, budget, log}, catalog::make_tree(settings.sources, {loop, client, log}),
                         {settings.http.revalidate_after, settings.fs.attribute_time});
  reactor::ReactorThread reactor(loop);
  try {
    reactor.run([&library] { return library.load(); });
    fs::Session session(settings.fs, library, log);
    session.run(on_ready);
  } catch (...) {
    reactor.run([&] { return close_all(loop, client, fetcher, library); });
    throw;
  }
  reactor.run([&] { return close_all(loop, client, fetcher, library); });
  report_end(fetcher.counters(), log);
}

}  // namespace

int mount_command(const config::Settings& settings) {
  Daemon daemon(settings.foreground);
  // Until the mount is usable the terminal is told only what goes wrong.
  Log log(LogTarget::standard_error, settings.foreground ? settings.log_level : LogLevel::warning);
  try {
    serve(settings, log, [&] { leave_terminal(settings, daemon, log); });
    return kSuccess;
  } catch (const Error& error) {
    if (!daemon.is_ready()) throw;
    log.error("{}", error.message());
    return kFailure;
  }
}

}  // namespace rimfs::cli
