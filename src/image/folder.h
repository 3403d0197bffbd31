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

/// One folder of a mount: the last listing of its tree, and the nodes made for it. Keeps a node alive only when
/// remember() was called with `keep`; the others live while the kernel or a reader holds them. Any thread. Makes no
/// requests.
class Folder : public Node {
 public:
  using Clock = std::chrono::steady_clock;
  /// Sorted by name. Never changes once it is made.
  using Listing = std::shared_ptr<const catalog::Entries>;

  /// `parent` is null for the mount's root.
  Folder(catalog::Entry entry, std::shared_ptr<catalog::Tree> tree, std::shared_ptr<Folder> parent);
  ~Folder() override;

  const catalog::Entry& entry() const { return entry_; }
  const std::shared_ptr<catalog::Tree>& tree() const { return tree_; }
  std::shared_ptr<Folder> parent() const { return parent_; }
  /// The number of folders above it; zero for the mount's root.
  unsigned depth() const { return depth_; }
  /// The path from the mount's root, for people: "datacenter/datastore".
  std::string path() const;

  /// The last listing. Null before the first one.
  Listing listing() const;
  /// True when there is a listing that is no older than `age` at `now`.
  bool is_fresh(Clock::duration age, Clock::time_point now) const;
  /// Replaces the listing; it counts as fresh from the next confirm() on. Sorts it, frees the one before, and releases
  /// kept nodes that it no longer names. Large listings take long, so it runs on the pool.
  void learn(catalog::Entries entries);
  /// The listing counts as fresh at `now`: it has just arrived, or the server cannot be reached for another one.
  void confirm(Clock::time_point now);
  /// The listing is out of date: the next use needs a new one.
  void expire();

  /// The node made for this name. Null when there is none, or when it has ended.
  std::shared_ptr<Node> node(const std::string& name) const;
  /// Notes the node of a name. `keep`: holds it for the life of the folder instead of only while another owner does.
  /// `entry`: entry_id() of the entry it was made from.
  void remember(const std::shared_ptr<Node>& node, bool keep, const ImageId& entry);
  /// True when the node of the entry's name was made from the same link. A later listing may give the name another
  /// link.
  bool made_for(const catalog::Entry& entry) const;
  /// Notes another link for a node, after a check has shown that both lead to the same file: for example, a link with a
  /// newer signature.
  void renew(const std::shared_ptr<Node>& node, const ImageId& entry);
  /// Called when a node ends: frees the memory of its name, unless another node has the name now.
  void forget(const std::string& name);
  /// The number of names for which a node is remembered.
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
  std::string swept_ RIMFS_GUARDED_BY(mutex_);  // the last name that sweep_some() examined
};

/// Identifies what the entry leads to: the tree's own key for it.
ImageId entry_id(const catalog::Entry& entry);

/// The entry of this name, or null. The listing is sorted.
const catalog::Entry* find_entry(const catalog::Entries& listing, std::string_view name);

}  // namespace rimfs::image
