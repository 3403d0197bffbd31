// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/image_id.h"
#include "base/thread_safety.h"
#include "catalog/tree.h"
#include "image/node.h"

namespace rimfs::image {

/// One folder of a mount: what its tree last listed there, and the nodes made for it. Keeps a node that the kernel or a
/// reader has alive only as long as they do, unless it is told to keep it. Any thread; asks the server nothing.
class Folder : public Node {
 public:
  using Clock = std::chrono::steady_clock;
  /// Sorted by name; never changes once it is made.
  using Listing = std::shared_ptr<const catalog::Entries>;

  /// `parent` is null for the mount's root.
  Folder(catalog::Entry entry, std::shared_ptr<catalog::Tree> tree, std::shared_ptr<Folder> parent);
  ~Folder() override;

  const catalog::Entry& entry() const { return entry_; }
  const std::shared_ptr<catalog::Tree>& tree() const { return tree_; }
  std::shared_ptr<Folder> parent() const { return parent_; }
  /// Of the mount's root 0.
  unsigned depth() const { return depth_; }
  /// From the mount's root, for people: "datacenter/datastore".
  std::string path() const;

  /// Null before the first listing.
  Listing listing() const;
  /// True when the listing is there and at `now` no older than `age`.
  bool is_fresh(Clock::duration age, Clock::time_point now) const;
  /// Takes a new listing, which counts as new from the next confirm() on; sorts it, frees the one before, and lets go
  /// of kept nodes that it no longer names. That takes a while when they are large: on the pool.
  void learn(catalog::Entries entries);
  /// The listing counts as new at `now`: it just came, or the server could not be asked for another one.
  void confirm(Clock::time_point now);
  /// The listing was seen to be out of date.
  void expire();

  /// The node made for this name; null when there is none, or none any more.
  std::shared_ptr<Node> node(const std::string& name) const;
  /// `keep`: for the life of the folder, not only while somebody else holds it. `entry`: entry_id() of what it was made
  /// from.
  void remember(const std::shared_ptr<Node>& node, bool keep, const ImageId& entry);
  /// True when the node of the entry's name was made for what the entry leads to: one name may lead elsewhere in a
  /// later listing.
  bool made_for(const catalog::Entry& entry) const;
  /// The entry was found to lead to the same as what `node` was made from, such as by a link with a newer signature.
  void renew(const std::shared_ptr<Node>& node, const ImageId& entry);
  /// For a node that ends: gives back the memory of its name, unless another node has the name by now.
  void forget(const std::string& name);
  /// Names that a node was made for and that are not forgotten.
  std::size_t names() const;

 private:
  void sweep_some() RIMFS_REQUIRES(mutex_);
  void let_go_of_unlisted(const catalog::Entries& listing);

  struct Known {
    std::weak_ptr<Node> node;
    std::shared_ptr<Node> kept;
    ImageId entry;
  };

  // Constant after construction.
  const catalog::Entry entry_;
  const std::shared_ptr<catalog::Tree> tree_;
  const std::shared_ptr<Folder> parent_;
  const unsigned depth_;

  mutable Mutex mutex_;
  Listing listing_ RIMFS_GUARDED_BY(mutex_);
  Clock::time_point listed_at_ RIMFS_GUARDED_BY(mutex_);
  std::map<std::string, Known> nodes_ RIMFS_GUARDED_BY(mutex_);
  std::string swept_ RIMFS_GUARDED_BY(mutex_);  // the last name that was looked at for being without a node
};

/// Where the entry leads, in its tree's own words.
ImageId entry_id(const catalog::Entry& entry);

/// The entry of this name; null when there is none. The listing is sorted.
const catalog::Entry* find_entry(const catalog::Entries& listing, std::string_view name);

}  // namespace rimfs::image
