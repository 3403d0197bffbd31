// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/directory.h"
#include "cache/image_key.h"

namespace rimfs::cache::disk {

/// A cache directory: "images/", a folder in it for each image with "identity", "index", "data" and "lock", and
/// "space", which all processes share. Held open, so that all is found where it was found first. Immutable; any thread.
/// Throws Error.
class Folder {
 public:
  using Missing = Directory::Missing;
  /// Makes what is missing, for the user alone. Throws Error{misuse} when others may write to it.
  explicit Folder(const std::string& path, Missing missing = Missing::make);

  const std::string& path() const { return top_.path(); }
  const Directory& directory() const { return top_; }
  /// The name of an image's store.
  static std::string name_of(const ImageKey& key, Geometry geometry);
  /// An image's store; made when it is missing, with a file that tells people and programs what it is.
  Directory store_of(const ImageKey& key, Geometry geometry, Missing missing = Missing::make) const;

  /// A store as its identity file tells of it.
  struct Found {
    std::string name;
    std::string path;  ///< For people.
    ImageKey key;
    ByteCount block_size;
    ImageId id() const { return store_id(key, block_size); }
  };
  /// All stores whose identity is one that store_of() writes, under the name that goes with it. `refused` is told why
  /// another one cannot be looked at.
  std::vector<Found> stores(const std::function<void(const Error&)>& refused = {}) const;
  /// The store; throws Error{system} when it is there no more.
  Directory open(const Found& found) const { return images_.private_below(found.name, Missing::fail); }
  /// Removes a store with all that is in it.
  void remove(const Found& found) const { images_.remove_directory(found.name); }
  /// Removes the store of this name with all that is in it.
  void remove(const std::string& name) const { images_.remove_directory(name); }
  /// The names of stores that nobody can use any more. One that has no identity file yet is being made, and not among
  /// them.
  struct Unusable {
    std::vector<std::string> of_other_format;  ///< An earlier version of rimfs wrote them.
    std::vector<std::string> damaged;          ///< Their identity file is not what belongs to their name.
  };
  Unusable unusable_stores() const;
  /// The folder of this name; throws Error{system} when it is there no more.
  Directory open(const std::string& name) const { return images_.private_below(name, Missing::fail); }
  /// What the data files of all images take on the disk.
  ByteCount allocated() const;

 private:
  static std::optional<Found> belongs_to(const std::string& identity, const std::string& name);

  const Directory top_;
  const Directory images_;
};

}  // namespace rimfs::cache::disk
