// SPDX-License-Identifier: MIT
// rimfs fetch: copies a remote image, or a file of a mount, to a file, or into the disk cache alone.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>

#include "cache/block_number.h"
#include "cache/disk/folder.h"
#include "cli/commands.h"
#include "cli/copy_job.h"
#include "cli/engine.h"
#include "cli/progress.h"
#include "cli/settings_syntax.h"
#include "extents/extent_map.h"
#include "image/version_id.h"

namespace rimfs::cli {
namespace {

namespace disk = cache::disk;

constexpr std::string_view kText =
    R"(Copies a remote image to FILE, over as many connections as rimfs mount uses. Zeros become holes (a
sparse file). After an interruption, the same command continues where it stopped. Without FILE it
fills the disk cache (--cache-dir). MOUNTED, a file of a mount, is read through that mount and its
caches. On a terminal a line shows the progress, the rate and the time left.
Exit status: 0 complete, 1 not complete.
)";

std::atomic<bool> interrupted{false};

/// The one file that the sources name.
std::shared_ptr<image::Image> only_image(image::LookupService& lookups) {
  const image::Folder::Listing listing = lookups.root()->listing();
  if (listing->size() == 1) {
    if (auto image = std::dynamic_pointer_cast<image::Image>(lookups.root()->node(listing->front().name))) return image;
  }
  throw Error(ErrorKind::misuse,
              "rimfs fetch copies one file; a folder or several sources can be mounted and copied with cp");
}

/// Saves the state with the identity as it is now: replies may have named more of the version than the first one, and
/// only a version with all of that continues the copy.
void save(PartialCopy& part, const CopyJob& job, const CopySource& source) {
  const Complete complete = job.complete();
  nlohmann::ordered_json identity;
  try {
    identity = source.identity();
  } catch (const Error&) {
    return;  // the mount has ended: the previously saved state stays
  }
  part.save(complete, std::move(identity));
}

/// Waits for the threads of `job`, and saves the state at intervals.
void watch(CopyJob& job, const CopySource& source, PartialCopy* part, Progress& progress) {
  constexpr std::chrono::seconds kSaveEvery{2};
  auto saved = std::chrono::steady_clock::now();
  while (!job.wait(std::chrono::milliseconds(100))) {
    if (interrupted) job.stop();
    progress.tell(job.done());
    if (part && std::chrono::steady_clock::now() - saved >= kSaveEvery) {
      save(*part, job, source);
      saved = std::chrono::steady_clock::now();
    }
  }
  progress.end(job.done());
}

void check_copy(PartialCopy& part, const Complete& complete) {
  if (part.reads_back(complete)) return;
  part.forget();
  throw Error(ErrorKind::system, part.file().path() +
                                     ": does not read back as it was written: the disk or its memory is at fault; "
                                     "the same command begins anew");
}

/// Throws Error when the copy is incomplete.
void copy(CopySource& source, const config::Settings& settings) {
  // Not earlier: until the server has replied there is nothing to save, and the signal may end the process.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) std::signal(number, [](int) { interrupted = true; });
  std::optional<PartialCopy> part;
  if (!settings.destination.empty()) part.emplace(settings.destination, source.identity(), source.size());
  const Complete begin = part ? part->begin() : Complete{};
  Progress progress(source.size(), begin.to);
  CopyJob job(source, part ? &part->file() : nullptr, begin);
  watch(job, source, part ? &*part : nullptr, progress);
  const Complete complete = job.complete();
  if (complete.to.value == source.size().value) {
    if (part && settings.verify) check_copy(*part, complete);
    if (part) part->finish();
    return;
  }
  if (part) save(*part, job, source);
  const std::string advice = part ? "; the same command goes on where this one was" : "";
  if (const auto failure = job.failure()) throw Error(failure->kind(), failure->message() + advice);
  throw Error(ErrorKind::cancelled, "interrupted" + advice);
}

/// The ranges that are known to be zero, from any source.
extents::ExtentMap known_zeros(const image::Image& image) {
  extents::ExtentMap zeros(image.size());
  const Offset end{image.size().value};
  for (Offset at{}; at < end;) {
    const Offset hole = image.seek_hole(at).value_or(end);
    at = image.seek_data(hole).value_or(end);
    zeros.learn({hole, at}, extents::ExtentKind::zero);
  }
  return zeros;
}

/// The bytes that would have to be fetched again: neither stored nor known to be zero.
ByteCount missing_from(const disk::ImageStore& store, cache::Geometry geometry, const extents::ExtentMap& zeros) {
  const Offset end{store.key().size.value};
  ByteCount missing;
  for (const BlockIndex block : blocks_touched({Offset{}, end}, geometry.block)) {
    std::uint64_t stored = store.chunks_of(cache::block_number(block));
    const Offset begin = block_start(block, geometry.block);
    const Offset block_end = std::min(begin + geometry.block, end);
    for (Offset at = begin; at < block_end; at = at + geometry.chunk, stored >>= 1) {
      const ByteRange chunk{at, std::min(at + geometry.chunk, block_end)};
      if ((stored & 1) == 0 && !zeros.is_zero(chunk)) missing += chunk.size();
    }
  }
  return missing;
}

/// Checks that the image is in the cache directory: the limit may have prevented that.
void check_cache(const config::Settings& settings, const std::optional<ImageId>& version,
                 const extents::ExtentMap& zeros, ByteCount size) {
  const disk::Folder folder(settings.cache.directory);
  disk::Space space(folder.directory(), settings.cache.size, [&] { return folder.allocated(); });
  const cache::Geometry geometry = cache::geometry_of(settings.cache.block_size);
  std::optional<ByteCount> missing;
  for (const disk::Folder::Found& found : folder.stores()) {
    if (found.key.version != version || found.block_size != geometry.block) continue;
    disk::ImageStore store(folder.open(found), found.key, geometry, space);
    if (settings.verify && store.verify() > 0) {
      throw Error(ErrorKind::system,
                  folder.path() + ": blocks do not read back as they were written: the disk is at fault");
    }
    missing = std::min(missing.value_or(size), missing_from(store, geometry, zeros));
  }
  if (!missing && !size.is_zero()) {
    throw Error(ErrorKind::unsupported,
                folder.path() +
                    ": the image was not stored: the server sends neither entity tag nor time, so that its versions "
                    "cannot be distinguished, or the cache cannot be written");
  }
  if (size.is_zero() || missing->is_zero()) return;
  throw Error(ErrorKind::system,
              fmt::format("{}: lacks {} of {} bytes; a larger --cache-size, or more room on the disk, is needed",
                          folder.path(), missing->value, size.value));
}

/// Refuses a destination that exists, also a dangling link.
void check_destination(const std::string& destination) {
  std::error_code ignored;  // a later error is reported by the code that makes the copy
  if (!std::filesystem::exists(std::filesystem::symlink_status(destination, ignored))) return;
  throw Error(ErrorKind::misuse, destination + ": is there already; remove it or name another file");
}

void fetch_remote(config::Settings settings) {
  settings.readahead.formats = false;  // the whole image is read anyway, in order
  settings.readahead.traces = false;
  const LogTarget target = settings.log_file.empty() ? LogTarget::standard_error : LogTarget::file;
  Log log(target, settings.log_file.empty() ? LogLevel::error : settings.log_level, settings.log_file);
  std::optional<ImageId> version;
  ByteCount size;
  extents::ExtentMap zeros(size);
  {
    Engine engine(settings, log, settings.destination.empty() ? Engine::Caching::purpose : Engine::Caching::aside);
    const std::shared_ptr<image::Image> image = only_image(engine.lookups());
    if (settings.destination.empty() && !engine.has_disk_cache()) {
      throw Error(ErrorKind::system,
                  settings.cache.directory + ": cannot be used, and there is no other place to copy to");
    }
    size = image->size();
    copy(*copy_of_image(image), settings);
    version = image::version_id(*image->file());  // replies may have named more of the version than the first one
    zeros = known_zeros(*image);
  }  // the engine's end writes the rest to the cache
  if (settings.destination.empty()) check_cache(settings, version, zeros, size);
}

}  // namespace

void FetchOptions::declare(Syntax& syntax) {
  syntax.text = kText;
  declare_settings(syntax, config::Purpose::fetch, settings);
}

int fetch_command(const FetchOptions& options) {
  const config::Settings& settings = options.settings;
  check_destination(settings.destination);
  if (!settings.mounted_file.empty()) {
    copy(*copy_of_mounted_file(settings.mounted_file), settings);
    return kSuccess;
  }
  if (settings.destination.empty() && settings.cache.directory.empty()) {
    throw Error(ErrorKind::misuse, "rimfs fetch needs a file to copy to, or a --cache-dir to fill");
  }
  fetch_remote(settings);
  return kSuccess;
}

}  // namespace rimfs::cli
