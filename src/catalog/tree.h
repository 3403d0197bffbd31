// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archives/frames.h"
#include "base/units.h"
#include "catalog/entry.h"
#include "catalog/machine.h"
#include "http/resource.h"
#include "reactor/task.h"

namespace rimfs::catalog {

/// Where a map of an image's extents is: a local file, or an address.
struct MapSource {
  explicit MapSource(std::string name) : file(std::move(name)) {}
  explicit MapSource(http::Address where) : address(std::move(where)) {}

  std::string file;
  std::optional<http::Address> address;
};

/// A part of a remote file that is compressed in frames. A plain value.
struct CompressedPart {
  std::shared_ptr<const archives::FrameTable> frames;  ///< Their stored ranges count from `begin`.
  Offset begin{};                                      ///< Where it begins in the remote file.
};

/// A file as it was found on its server.
struct Found {
  Found(http::Address where, http::Identity what) : address(std::move(where)), identity(std::move(what)) {}

  http::Address address;
  http::Identity identity;
  std::vector<http::Address> mirrors;  ///< Where the same file is, too.
  std::vector<ImageId> failed;         ///< The places of those that did not answer when it was looked for.
  Offset offset{};                     ///< Where the image begins in the remote file.
  std::optional<ByteCount> length;     ///< The image's size; none: up to the end of the remote file.
  /// When the image lies in the content of a compressed file: offset and length are those in the content.
  std::optional<CompressedPart> compressed;
  std::string refusal;  ///< Why its bytes cannot be read, so that only `length` tells of it; empty: they can be.
  std::string inside;   ///< For messages, behind the address: "!/disk.img" for a member of an archive.
  bool offline = false;  ///< The server could not be reached: it is the version in the disk cache.
  /// When the server was asked, if that was not just now.
  std::optional<std::chrono::steady_clock::time_point> asked_at;
  std::optional<std::int64_t> modified;  ///< Its own time, in seconds since 1970; none: that of the remote file.
  bool prefetch_all = false;             ///< The user wants all of it in the disk cache.
  std::optional<MapSource> map;          ///< What is known of its extents beforehand; only listed() tells.
};

/// Folders and files that some server offers. Reactor only. Its tasks, and listed(), throw Error; a tree outlives its
/// tasks.
class Tree {
 public:
  virtual ~Tree() = default;

  /// The folder that everything is in.
  virtual Entry root() const = 0;
  /// What is in a folder: names made safe and unique.
  virtual reactor::Task<Entries> list(Entry folder) = 0;
  /// The file that all of the tree is: its source leads to one file, which list() shows alone in the root. Nothing when
  /// the source leads to a folder. Asks the server unless the root was listed before.
  virtual reactor::Task<std::optional<Entry>> only_file() { co_return std::nullopt; }
  /// The file as the listing tells of it, its size exact, without asking the server; its validators are not known.
  virtual Found listed(const Entry& file) const = 0;
  /// Asks the server for the file's size and validators.
  virtual reactor::Task<Found> find(Entry file) = 0;
  /// "https://host:port" of the server that lists the folders; empty when no server is asked for that. Any thread.
  virtual std::string origin() const { return {}; }
  /// True when a mount starts although the entry of its root, a source, cannot be read.
  virtual bool is_optional(const Entry&) const { return false; }
  /// True when the content never becomes another one.
  virtual bool constant() const { return false; }
  /// The tree that a folder's content comes from, when it is not this one.
  virtual std::shared_ptr<Tree> tree_of(const Entry&) const { return nullptr; }

  /// The virtual machines whose configuration lies in or below `folder`, as the server knows them now. Nothing when the
  /// server knows of none at all, as a web server does.
  virtual reactor::Task<std::optional<Machines>> machines(Entry) { co_return std::nullopt; }

  /// Logs out, where the server has sessions. Called once, when no other task runs any more. Never throws.
  virtual reactor::Task<> close() { co_return; }
};

}  // namespace rimfs::catalog
