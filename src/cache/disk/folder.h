// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/disk/image_key.h"

namespace rimfs::cache::disk {

/// A cache directory: "images/", a folder in it for each image with "identity", "index", "data" and "lock", and
/// "space", which all processes share. Immutable; any thread. Throws Error.
class Folder {
 public:
  /// Makes what is missing, for the user alone. Throws Error{misuse} when others may write to it.
  explicit Folder(std::string path);

  const std::string& path() const { return path_; }
  std::string space_file() const { return path_ + "/space"; }
  /// Where an image's store is; made when it is missing, with a file that tells people and programs what it is.
  std::string store_of(const ImageKey& key, Geometry geometry) const;

  /// A store as its identity file tells of it.
  struct Found {
    std::string path;
    ImageKey key;
    ByteCount block_size;
  };
  std::vector<Found> stores() const;
  /// What the data files of all images take on the disk.
  ByteCount allocated() const;

 private:
  const std::string path_;
};

}  // namespace rimfs::cache::disk
