// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "base/units.h"
#include "image/image.h"

namespace rimfs::cli {

/// The source of a copy. Any thread, several at once. Throws Error.
class CopySource {
 public:
  virtual ~CopySource() = default;

  virtual ByteCount size() const = 0;
  /// The identity of the copied bytes. "id" is the complete identity, which includes the version and a map of extents
  /// (empty when versions cannot be distinguished). For people it also has URL, size, entity tag and time.
  virtual nlohmann::ordered_json identity() const = 0;
  /// The first offset at or after `from` that is not a known zero, or the size. Makes no request.
  virtual Offset next_data(Offset from) const = 0;
  /// Fills `bytes`, which lie within the file, with the bytes at `at`. Blocks.
  virtual void read(Offset at, std::span<std::byte> bytes) = 0;
  /// Makes reads in progress, and later ones, fail with ErrorKind::cancelled. May be called repeatedly.
  virtual void stop() = 0;
};

/// Copies from a remote image of an engine, which outlives it.
std::unique_ptr<CopySource> copy_of_image(std::shared_ptr<image::Image> image);

/// Copies from a file on a rimfs mount. Its reads go through that mount and fill its caches. Throws Error{misuse} when
/// `path` is not on a rimfs mount.
std::unique_ptr<CopySource> copy_of_mounted_file(const std::string& path);

}  // namespace rimfs::cli
