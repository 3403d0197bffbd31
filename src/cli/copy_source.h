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

/// The file that is copied. Any thread, several at once; throws Error.
class CopySource {
 public:
  virtual ~CopySource() = default;

  virtual ByteCount size() const = 0;
  /// What a copy is of: "id", the complete identity of its bytes, which includes the version and a map of its
  /// extents (empty when versions cannot be told apart), and for people URL, size, entity tag and time.
  virtual nlohmann::ordered_json identity() const = 0;
  /// Where something other than known zeros begins at or after `from`; the size when nothing does. Asks nobody.
  virtual Offset next_data(Offset from) const = 0;
  /// Fills `bytes`, which lie within the file, with what is at `at`. Blocks.
  virtual void read(Offset at, std::span<std::byte> bytes) = 0;
  /// Reads under way fail soon with ErrorKind::cancelled, and so do later ones. May be called again.
  virtual void stop() = 0;
};

/// A remote image of an engine, which outlives it.
std::unique_ptr<CopySource> copy_of_image(std::shared_ptr<image::Image> image);

/// A file on a rimfs mount: what it reads goes through that mount, and fills its caches. Throws Error{misuse} when
/// `path` is on no rimfs mount.
std::unique_ptr<CopySource> copy_of_mounted_file(const std::string& path);

}  // namespace rimfs::cli
