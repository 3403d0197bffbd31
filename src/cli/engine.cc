// SPDX-License-Identifier: MIT
#include "cli/engine.h"

#include <algorithm>
#include <filesystem>

#include "cache/disk/disk_tier.h"
#include "catalog/catalog.h"

namespace rimfs::cli {
namespace {

/// The threads that read the disk and verify sums. They mostly wait for the disk, which needs several requests at once
/// to stay busy; the rest of their work takes a tenth of a second for each GiB.
constexpr unsigned kDiskReaders = 4;

/// The threads that parse listings. A large listing occupies a thread for a second or two; meanwhile the other one
/// parses the small listings of other servers.
constexpr unsigned kParsers = 2;

/// Null when no disk cache is configured, or when the disk cannot be used: then reading continues without it.
std::unique_ptr<cache::disk::DiskCache> open_disk_cache(const cache::Options& options, const cache::BlockCache& cache,
                                                        Log& log) {
  if (options.directory.empty()) return nullptr;
  const cache::Geometry geometry{cache.block_size(), cache.chunk_size()};
  const std::size_t queue = std::min<std::size_t>(64, cache.capacity_blocks() / 4 + 1);
  try {
    return std::make_unique<cache::disk::DiskCache>(options.directory, options.size, geometry, queue, log);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::system) throw;
    log.warning("there is no disk cache: {}", error.message());
    return nullptr;
  }
}

/// Null when traces are disabled, have no directory, or the disk cannot be used. Next to an unusable disk cache they
/// have no directory; the message about the disk cache has been logged already.
std::unique_ptr<image::TraceFolder> open_traces(const config::Settings& settings, bool has_disk_cache, Log& log) {
  std::string folder = settings.cache.trace_directory;
  if (folder.empty() && has_disk_cache) folder = settings.cache.directory + "/traces";
  if (folder.empty() || !settings.readahead.traces) return nullptr;
  try {
    return std::make_unique<image::TraceFolder>(folder, log);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::system) throw;
    log.warning("access traces are not kept: {}", error.message());
    return nullptr;
  }
}

std::unique_ptr<cache::Tier> tier_of(cache::disk::DiskCache* disk, reactor::Offload& readers, Log& log) {
  if (!disk) return nullptr;
  return std::make_unique<cache::disk::DiskTier>(*disk, readers, log);
}

std::optional<fetch::TierUse> use_of(cache::Tier* tier, bool keep_all) {
  if (!tier) return std::nullopt;
  return fetch::TierUse{*tier, keep_all};
}

/// Where files of servers without ranges are downloaded: beside the copy that is made of them, otherwise in the disk
/// cache's directory. Nothing when no source needs it.
std::optional<http::DownloadPlace> downloads_of(const config::Settings& settings, bool has_disk_cache,
                                                reactor::Offload& pool) {
  const bool needed = std::any_of(settings.sources.begin(), settings.sources.end(),
                                  [](const catalog::Source& source) { return source.access.whole_file; });
  if (!needed) return std::nullopt;
  if (!settings.destination.empty()) {
    const std::string folder = std::filesystem::path(settings.destination).parent_path();
    return http::DownloadPlace{Directory::at(folder), pool};
  }
  if (!has_disk_cache) return std::nullopt;
  return http::DownloadPlace{Directory::private_at(settings.cache.directory), pool};
}

image::Freshness freshness_of(const config::Settings& settings) {
  return {settings.http.revalidate_after, settings.fs.attribute_time, settings.cache.offline};
}

}  // namespace

Engine::Engine(const config::Settings& settings, Log& log, Caching caching)
    : log_(log),
      cache_(settings.cache.memory, settings.cache.block_size),
      budget_(settings.readahead.budget),
      transport_(loop_, settings.http),
      client_(loop_, transport_, settings.http, log),
      disk_readers_(loop_, kDiskReaders),
      parsers_(loop_, kParsers),
      disk_(open_disk_cache(settings.cache, cache_, log)),
      tier_(tier_of(disk_.get(), disk_readers_, log)),
      fetcher_(loop_, client_, cache_, use_of(tier_.get(), caching == Caching::purpose), budget_.total(), counters_,
               log),
      tables_(loop_, parsers_, fetcher_, cache_, settings.readahead.formats ? budget_.total() : ByteCount{}, log),
      traces_(loop_, fetcher_, cache_, open_traces(settings, has_disk_cache(), log), disk_readers_, budget_.total(),
              counters_, log),
      remote_files_(loop_, client_, cache_, parsers_),
      found_files_({loop_, cache_, fetcher_, tier_.get(), remote_files_, client_.failures()}, settings.cache.offline),
      names_({loop_, parsers_, client_.failures()},
             catalog::make_tree(settings.sources, {loop_, client_, parsers_, log, &found_files_}),
             settings.fs.attribute_time),
      images_(image_parts(), freshness_of(settings)),
      lookups_(image_parts(), names_, images_, freshness_of(settings)),
      reactor_(loop_) {
  for (const std::string& note : settings.notes) log_.info("{}", note);
  try {
    auto place = downloads_of(settings, has_disk_cache(), disk_readers_);
    if (place) client_.keep_downloads_in(std::move(*place));
    const bool is_optional = settings.sources.size() == 1 && settings.sources.front().optional;
    reactor_.run([this, is_optional] { return lookups_.load(is_optional); });
  } catch (...) {
    reactor_.run([this] { return close_all(); });
    throw;
  }
}

image::ImageOpener::Parts Engine::image_parts() {
  return {loop_, client_, parsers_, cache_, fetcher_, tier_.get(), budget_, tables_, traces_, remote_files_, log_};
}

Engine::~Engine() {
  reactor_.run([this] { return close_all(); });
  log_.info("ended; {} requests, {} bytes fetched, {} failed attempts, {} still active",
            counters_.value("network.requests"), counters_.value("network.bytes"),
            counters_.value("network.failed-attempts"), counters_.value("network.active-requests"));
}

reactor::Task<> Engine::close_all() {
  client_.cancel_all();
  loop_.wake_sleepers();
  co_await fetcher_.close();
  co_await tables_.close();
  co_await traces_.close();
  co_await lookups_.close();
  co_await client_.close();
}

}  // namespace rimfs::cli
