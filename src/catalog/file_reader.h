// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/byte_range.h"
#include "catalog/tree.h"
#include "reactor/task.h"

namespace rimfs::catalog {

/// Reads parts of files that a tree has found, for trees of what lies in a file. image/ implements it, with the caches
/// that images use. Reactor only.
class FileReader {
 public:
  /// One version of one file. Offsets count from the beginning of what Found describes.
  class File {
   public:
    virtual ~File() = default;
    virtual ByteCount size() const = 0;
    /// The bytes of `range`, which lies in the file and is not empty. Throws Error. `expected` bytes from its beginning
    /// on will probably be read, too. The file outlives the task.
    virtual reactor::Task<std::vector<std::byte>> read(ByteRange range, ByteCount expected) = 0;
  };

  virtual ~FileReader() = default;

  /// `found`: as the server has just described it. The reader outlives the file. Throws Error.
  virtual reactor::Task<std::shared_ptr<File>> open(Found found) = 0;
  /// The version of a file that is in the disk cache, when its server cannot be reached because of `failure` and the user
  /// allows that; the log then says so. Otherwise nothing.
  virtual reactor::Task<std::optional<http::Identity>> last_known(Found listed, Error failure) = 0;
};

}  // namespace rimfs::catalog
