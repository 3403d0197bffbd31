// SPDX-License-Identifier: MIT
#include "image/trace_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <span>

#include "cache/disk/file.h"
#include "cache/disk/private_folder.h"
#include "traces/trace_text.h"

namespace rimfs::image {
namespace {

using cache::disk::File;

/// A trace is mostly 1 to 10 KiB, and is worth nothing when its image is gone: the oldest are given up.
constexpr std::size_t kMostFiles = 1000;
/// Nobody writes a file for so long.
constexpr std::chrono::hours kLeftBehind{1};

/// Nothing when there is none. Throws Error.
std::optional<std::string> read_text(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return std::nullopt;
  const File file(path, O_RDONLY);
  const ByteCount size = file.size();
  if (size > traces::kLargestText) throw Error(ErrorKind::corrupt, "it is too large");
  std::string text(size.value, '\0');
  if (!file.read(std::as_writable_bytes(std::span(text)), Offset{})) throw Error(ErrorKind::corrupt, "it was cut");
  return text;
}

}  // namespace

TraceFolder::TraceFolder(std::string path, Log& log) : path_(std::move(path)), log_(log) {
  cache::disk::make_private_folder(path_);
}

std::string TraceFolder::file_of(const std::string& key) const { return path_ + "/" + cache::disk::name_of_key(key); }

std::optional<traces::AccessTrace> TraceFolder::load(const std::string& key) const {
  const std::string path = file_of(key);
  try {
    const std::optional<std::string> text = read_text(path);
    if (text) return traces::read_trace(*text, key);
  } catch (const Error& error) {
    log_.warning("{}: this access trace is not used: {}", path, error.message());
  }
  return std::nullopt;
}

bool TraceFolder::save(const std::string& key, const traces::AccessTrace& trace, bool first) {
  if (broken_) return false;
  std::call_once(looked_, [this] { give_up_oldest(); });
  const std::string path = file_of(key);
  traces::AccessTrace older;
  try {
    if (const std::optional<std::string> text = read_text(path)) older = traces::read_trace(*text, key);
  } catch (const Error&) {
    older = {};  // said when it was to be used
  }
  if (!first && older.passed_over > 0) --older.passed_over;  // as it was before this mount
  const traces::Choice choice = traces::choose(older, trace);
  const bool passed_over = !choice.newer && choice.passed_over > older.passed_over;
  if (!choice.newer && !(passed_over && first)) return passed_over;
  traces::AccessTrace kept = choice.newer ? trace : older;
  kept.passed_over = choice.passed_over;
  try {
    cache::disk::write_file(path, traces::write_trace(kept, key));
  } catch (const Error& error) {
    if (!broken_.exchange(true)) log_.warning("access traces are not kept any more: {}", error.message());
  }
  return passed_over;
}

/// Once a process: it writes a file or a few.
void TraceFolder::give_up_oldest() const {
  namespace files = std::filesystem;
  const auto now = files::file_time_type::clock::now();
  std::multimap<files::file_time_type, files::path> by_time;
  std::error_code problem;
  for (const auto& entry : files::directory_iterator(path_, problem)) {
    const auto time = entry.last_write_time(problem);
    if (problem) continue;
    const bool unfinished = entry.path().filename().string().find(cache::disk::kUnfinished) != std::string::npos;
    if (!unfinished) {
      by_time.emplace(time, entry.path());
    } else if (time + kLeftBehind < now) {
      files::remove(entry.path(), problem);
    }
  }
  for (auto oldest = by_time.begin(); by_time.size() > kMostFiles; oldest = by_time.erase(oldest)) {
    files::remove(oldest->second, problem);
  }
}

}  // namespace rimfs::image
