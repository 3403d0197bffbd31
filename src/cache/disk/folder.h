// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/directory.h"
#include "cache/image_key.h"

namespace rimfs::cache::disk {

/// A cache directory: "images/" contains a folder for each image with "identity", "index", "data" and "lock"; all
/// processes share the file "space". The directories are held open, so later changes of their paths have no effect.
/// Immutable; any thread. Throws Error.
class Folder {
 public:
  using Missing = Directory::Missing;
  /// Opens the directories, or makes them with access for this user only. Throws Error{misuse} when other users may
  /// write to them.
  explicit Folder(const std::string& path, Missing missing = Missing::make);

  const std::string& path() const { return top_.path(); }
  const Directory& directory() const { return top_; }
  /// The name of an image's store.
  static std::string name_of(const ImageKey& key, Geometry geometry);
  /// An image's store. A missing store is made, with an identity file for users and programs.
  Directory store_of(const ImageKey& key, Geometry geometry, Missing missing = Missing::make) const;

  /// A store as described by its identity file.
  struct Found {
    std::string name;
    std::string path;  ///< The path for display.
    ImageKey key;
    ByteCount block_size;
    ImageId id() const { return store_id(key, block_size); }
  };
  /// All stores with a valid identity file that matches their name. Calls `refused` with the error of each other store,
  /// except those of other formats.
  std::vector<Found> stores(const std::function<void(const Error&)>& refused = {}) const;
  /// Opens the store; throws Error{system} when it no longer exists.
  Directory open(const Found& found) const { return images_.private_below(found.name, Missing::fail); }
  /// Removes a store with its content.
  void remove(const Found& found) const { images_.remove_directory(found.name); }
  /// Removes the store of this name with its content.
  void remove(const std::string& name) const { images_.remove_directory(name); }
  /// The names of stores that cannot be used any more. A store without an identity file is being made and is not
  /// included.
  struct Unusable {
    std::vector<std::string> of_other_format;  ///< Stores that another version of rimfs wrote in a different format.
    std::vector<std::string> damaged;          ///< Stores whose identity file does not match their name.
  };
  Unusable unusable_stores() const;
  /// Opens the folder of this name; throws Error{system} when it no longer exists.
  Directory open(const std::string& name) const { return images_.private_below(name, Missing::fail); }
  /// The disk space that the data files of all images occupy.
  ByteCount allocated() const;

 private:
  static std::optional<Found> belongs_to(const std::string& identity, const std::string& name);

  const Directory top_;
  const Directory images_;
};

}  // namespace rimfs::cache::disk
