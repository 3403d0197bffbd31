// SPDX-License-Identifier: MIT
// rimfs fetch: a copy that goes on where it was interrupted. FILE.part grows beside FILE.part.json, which says of what
// it is and how far it is complete; FILE appears when all is there.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/copy_job.h"
#include "cli/engine.h"

namespace rimfs::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

std::atomic<bool> interrupted{false};

/// The copy's two files on the way.
class Part {
 public:
  Part(std::string destination, const image::Image& image)
      : destination_(std::move(destination)),
        identity_(describe(image)),
        file_(destination_ + ".part", O_RDWR | O_CREAT) {
    begin_ = read_state();
    if (begin_.value == 0) file_.truncate(ByteCount{0});
    file_.truncate(image.size());
  }

  cache::disk::File& file() { return file_; }
  /// Complete up to here when it was opened.
  Offset begin() const { return begin_; }

  /// Makes what is there durable, then says so.
  void save(Offset complete_to) {
    file_.sync();
    Json state = identity_;
    state["complete"] = complete_to.value;
    const std::string text = state.dump(2) + "\n";
    cache::disk::File fresh(state_name() + ".new", O_WRONLY | O_CREAT | O_TRUNC);
    fresh.write(std::as_bytes(std::span(text)), Offset{0});
    if (std::rename(fresh.path().c_str(), state_name().c_str()) != 0)
      throw system_error("writing " + state_name(), errno);
  }

  void finish() {
    file_.sync();
    if (std::rename(file_.path().c_str(), destination_.c_str()) != 0)
      throw system_error("making " + destination_, errno);
    ::unlink(state_name().c_str());
  }

 private:
  static Json describe(const image::Image& image) {
    return {{"url", image.url_without_secrets()},
            {"size", image.size().value},
            {"etag", image.etag()},
            {"modified", std::chrono::system_clock::to_time_t(image.modified())}};
  }
  std::string state_name() const { return destination_ + ".part.json"; }

  /// How far an earlier run of the same image came.
  Offset read_state() const {
    std::ifstream stream(state_name());
    Json state = Json::parse(stream, nullptr, false);
    if (!state.is_object() || !state.contains("complete") || !state["complete"].is_number_unsigned()) return {};
    const Offset complete{state["complete"].get<std::uint64_t>()};
    state.erase("complete");
    const bool same = state == identity_ && complete.value <= file_.size().value;
    return same ? complete : Offset{};
  }

  const std::string destination_;
  const Json identity_;
  cache::disk::File file_;
  Offset begin_;
};

/// Tells how far the copy is: a line that is written over on a terminal, now and then a line elsewhere.
class Progress {
 public:
  Progress(ByteCount size, Offset begin)
      : size_(size), begin_(begin), terminal_(::isatty(STDERR_FILENO) != 0), start_(Clock::now()), told_(start_) {}

  void tell(ByteCount done) {
    const auto now = Clock::now();
    if (now - told_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(5000))) return;
    told_ = now;
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r" : "", line(done), terminal_ ? "\x1b[K" : "\n");
    std::fflush(stderr);
  }
  void end(ByteCount done) const {
    fmt::print(stderr, "{}{}{}\n", terminal_ ? "\r" : "", line(done), terminal_ ? "\x1b[K" : "");
  }

 private:
  static double mebibytes(ByteCount bytes) { return static_cast<double>(bytes.value) / (1 << 20); }

  std::string line(ByteCount done) const {
    const ByteCount there{begin_.value + done.value};
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = seconds > 0 ? mebibytes(done) / seconds : 0;
    const double left = rate > 0 ? mebibytes(size_ - there) / rate : 0;
    const double share = size_.is_zero() ? 100.0 : 100.0 * mebibytes(there) / mebibytes(size_);
    return fmt::format("{:5.1f} %  {:.1f} of {:.1f} MiB  {:.1f} MiB/s  {:.0f} s left", share, mebibytes(there),
                       mebibytes(size_), rate, left);
  }

  const ByteCount size_;
  const Offset begin_;
  const bool terminal_;
  const Clock::time_point start_;
  Clock::time_point told_;
};

/// The one file that the sources name.
std::shared_ptr<image::Image> only_image(image::Library& library) {
  const image::Folder::Listing listing = library.root()->listing();
  if (listing->size() == 1) {
    if (auto image = std::dynamic_pointer_cast<image::Image>(library.root()->node(listing->front().name))) return image;
  }
  throw Error(ErrorKind::misuse,
              "rimfs fetch copies one file; a folder or several sources can be mounted and copied with cp");
}

/// Lets the threads of `job` come to their end, saving now and then how far they are.
void watch(CopyJob& job, Part* part, Progress& progress) {
  constexpr std::chrono::seconds kSaveEvery{2};
  auto saved = Clock::now();
  while (!job.wait(std::chrono::milliseconds(100))) {
    if (interrupted) job.stop();
    progress.tell(job.done());
    if (part && Clock::now() - saved >= kSaveEvery) {
      part->save(job.complete_to());
      saved = Clock::now();
    }
  }
  progress.end(job.done());
}

int copy(const std::shared_ptr<image::Image>& image, const std::string& destination) {
  std::optional<Part> part;
  if (!destination.empty()) part.emplace(destination, *image);
  const Offset begin = part ? part->begin() : Offset{};
  Progress progress(image->size(), begin);
  CopyJob job(image, part ? &part->file() : nullptr, begin);
  watch(job, part ? &*part : nullptr, progress);
  const bool complete = job.complete_to().value == image->size().value;
  if (part && complete) part->finish();
  if (part && !complete) part->save(job.complete_to());
  if (complete) return kSuccess;
  const std::string advice = part ? "; the same command goes on where this one was" : "";
  if (const auto failure = job.failure()) throw Error(failure->kind(), failure->message() + advice);
  throw Error(ErrorKind::cancelled, "interrupted" + advice);
}

}  // namespace

int fetch_command(const config::Settings& settings) {
  if (settings.destination.empty() && settings.cache.directory.empty()) {
    throw Error(ErrorKind::misuse, "rimfs fetch needs a file to copy to, or a --cache-dir to fill");
  }
  if (std::filesystem::exists(settings.destination)) {
    throw Error(ErrorKind::misuse, settings.destination + ": is there already; remove it or name another file");
  }
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, [](int) { interrupted = true; });
  const LogTarget target = settings.log_file.empty() ? LogTarget::standard_error : LogTarget::file;
  Log log(target, settings.log_file.empty() ? LogLevel::error : settings.log_level, settings.log_file);
  Engine engine(settings, log);
  return copy(only_image(engine.library()), settings.destination);
}

}  // namespace rimfs::cli
