// SPDX-License-Identifier: MIT
#include "image/trace_folder.h"

#include <map>

#include "cache/disk/key_name.h"
#include "traces/trace_text.h"

namespace rimfs::image {
namespace {

using cache::disk::name_of_key;

/// A trace is mostly 1 to 10 KiB, and is useless when its image is gone. Beyond this number the oldest are removed.
constexpr std::size_t kMostFiles = 1000;
/// An unfinished file of this age belongs to no running writer.
constexpr std::chrono::hours kLeftBehind{1};

}  // namespace

TraceFolder::TraceFolder(const std::string& path, Log& log) : directory_(Directory::private_at(path)), log_(log) {}

std::optional<traces::AccessTrace> TraceFolder::load(const std::string& key) const {
  const std::string name = name_of_key(key);
  try {
    const std::optional<std::string> text = directory_.read_text(name, traces::kLargestText);
    if (text) return traces::read_trace(*text, key);
  } catch (const Error& error) {
    log_.warning("{}/{}: this access trace is not used: {}", directory_.path(), name, error.message());
  }
  return std::nullopt;
}

bool TraceFolder::save(const std::string& key, const traces::AccessTrace& trace, bool first) {
  if (broken_) return false;
  std::call_once(looked_, [this] { give_up_oldest(); });
  const std::string name = name_of_key(key);
  traces::AccessTrace older;
  try {
    const std::optional<std::string> text = directory_.read_text(name, traces::kLargestText);
    if (text) older = traces::read_trace(*text, key);
  } catch (const Error&) {
    older = {};  // a damaged trace is logged by load()
  }
  if (!first && older.passed_over > 0) --older.passed_over;  // the state before this mount
  const traces::Choice choice = traces::choose(older, trace);
  const bool passed_over = !choice.newer && choice.passed_over > older.passed_over;
  if (!choice.newer && !(passed_over && first)) return passed_over;
  traces::AccessTrace kept = choice.newer ? trace : older;
  kept.passed_over = choice.passed_over;
  try {
    directory_.write_text(name, traces::write_trace(kept, key));
  } catch (const Error& error) {
    if (!broken_.exchange(true)) log_.warning("access traces are not kept any more: {}", error.message());
  }
  return passed_over;
}

/// Runs once a process, because a process writes only a few traces.
void TraceFolder::give_up_oldest() const {
  using Clock = std::chrono::system_clock;
  std::multimap<Clock::time_point, std::string> by_time;
  try {
    for (const std::string& name : directory_.names()) {
      const auto time = directory_.written_at(name);
      if (!time) continue;
      const bool unfinished = name.find(Directory::kUnfinished) != std::string::npos;
      if (!unfinished) {
        by_time.emplace(*time, name);
      } else if (*time + kLeftBehind < Clock::now()) {
        directory_.remove(name);
      }
    }
  } catch (const Error& error) {
    log_.info("old access traces are not removed: {}", error.message());
  }
  for (auto oldest = by_time.begin(); by_time.size() > kMostFiles; oldest = by_time.erase(oldest)) {
    directory_.remove(oldest->second);
  }
}

}  // namespace rimfs::image
