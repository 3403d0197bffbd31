// SPDX-License-Identifier: MIT
#include "base/log_file.h"

#include <span>

#include "base/directory.h"

namespace rimfs {
namespace {

/// Other users may read the file, as is usual for logs: it contains no secrets.
constexpr unsigned kMode = 0644;

File open_log(const std::string& path) {
  try {
    const FilePath parts = split_path(path);
    return Directory::at(parts.directory).open_or_make(parts.name, Directory::Access::append, kMode);
  } catch (const Error& error) {
    throw Error(ErrorKind::misuse, "cannot write the log file: " + error.message());
  }
}

}  // namespace

LogFile::LogFile(const std::string& path) : file_(open_log(path)) {}

void LogFile::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  try {
    file_.append(std::as_bytes(std::span(line.data(), line.size())));
  } catch (const Error&) {
    // The failure cannot be reported: this is the log.
  }
}

}  // namespace rimfs
