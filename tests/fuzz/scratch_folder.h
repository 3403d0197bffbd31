// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "fuzz.h"

namespace rimfs::fuzz {

/// A folder in $TMPDIR for parsers that open their files themselves. tests/fuzz/run gives one in memory, and removes it
/// after a finding, too.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string path = std::filesystem::temp_directory_path() / "rimfs-fuzz-XXXXXX";
    require(::mkdtemp(path.data()) != nullptr);
    path_ = std::move(path);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  /// Makes or replaces the file.
  std::string put(std::string_view name, std::string_view content) const {
    std::string path = file(name);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0);
    require(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    ::close(fd);
    return path;
  }

 private:
  std::string path_;
};

}  // namespace rimfs::fuzz
