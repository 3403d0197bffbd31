// SPDX-License-Identifier: MIT
#include "image/folder.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/work.h"

namespace rimfs::image {

Folder::Folder(catalog::Entry entry, std::shared_ptr<catalog::Tree> tree, std::shared_ptr<Folder> parent)
    : Node(entry.name),
      entry_(std::move(entry)),
      tree_(std::move(tree)),
      parent_(std::move(parent)),
      depth_(parent_ ? parent_->depth() + 1 : 0) {}

Folder::~Folder() {
  if (parent_) parent_->forget(name());
}

std::string Folder::path() const {
  if (!parent_) return name();
  const std::string above = parent_->path();
  return above.empty() ? name() : above + "/" + name();
}

Folder::Listing Folder::listing() const {
  const MutexLock lock(mutex_);
  return listing_;
}

bool Folder::is_fresh(Clock::duration age, Clock::time_point now) const {
  const MutexLock lock(mutex_);
  return listing_ != nullptr && (tree_->constant() || now < listed_at_ + age);
}

void Folder::learn(catalog::Entries entries) {
  count_work(entries.size());
  std::sort(entries.begin(), entries.end(),
            [](const catalog::Entry& a, const catalog::Entry& b) { return a.name < b.name; });
  const Listing listing = std::make_shared<const catalog::Entries>(std::move(entries));
  Listing before = listing;
  {
    const MutexLock lock(mutex_);
    listing_.swap(before);
  }
  let_go_of_unlisted(*listing);
}

/// Releases the kept nodes that the listing no longer names: a name that comes and goes would keep its image for the
/// life of the folder. Works in portions, because readers wait for the lock.
void Folder::let_go_of_unlisted(const catalog::Entries& listing) {
  constexpr std::size_t kAtOnce = 1000;
  std::string name;
  for (bool more = true; more;) {
    std::vector<std::shared_ptr<Node>> doomed;  // destroyed after the lock is released
    const MutexLock lock(mutex_);
    auto next = nodes_.upper_bound(name);
    for (std::size_t i = 0; i < kAtOnce && next != nodes_.end(); ++i, ++next) {
      name = next->first;
      if (next->second.kept && !find_entry(listing, name)) doomed.push_back(std::move(next->second.kept));
    }
    more = next != nodes_.end();
  }
}

void Folder::confirm(Clock::time_point now) {
  const MutexLock lock(mutex_);
  listed_at_ = now;
}

void Folder::expire() {
  const MutexLock lock(mutex_);
  listed_at_ = Clock::time_point::min();
}

std::shared_ptr<Node> Folder::node(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second.node.lock();
}

void Folder::remember(const std::shared_ptr<Node>& node, bool keep, const ImageId& entry) {
  std::shared_ptr<Node> before;  // destroyed after the lock is released
  const MutexLock lock(mutex_);
  sweep_some();
  Known& known = nodes_[node->name()];
  before = std::exchange(known.kept, keep ? node : nullptr);
  known.node = node;
  known.entry = entry;
}

bool Folder::made_for(const catalog::Entry& entry) const {
  const ImageId id = entry_id(entry);
  const MutexLock lock(mutex_);
  const auto found = nodes_.find(entry.name);
  return found != nodes_.end() && found->second.entry == id;
}

void Folder::renew(const std::shared_ptr<Node>& node, const ImageId& entry) {
  const MutexLock lock(mutex_);
  const auto found = nodes_.find(node->name());
  if (found != nodes_.end() && found->second.node.lock() == node) found->second.entry = entry;
}

ImageId entry_id(const catalog::Entry& entry) { return ImageIdBuilder("entry").add(entry.key).finish(); }

/// Drops names whose node has ended without forget(): a few for each name that is added, so that the map stays in
/// proportion to the nodes and no call holds the lock for long.
void Folder::sweep_some() {
  constexpr unsigned kAtOnce = 4;
  auto next = nodes_.upper_bound(swept_);
  for (unsigned i = 0; i < kAtOnce && next != nodes_.end(); ++i) {
    swept_ = next->first;
    next = next->second.node.expired() ? nodes_.erase(next) : std::next(next);
  }
  if (next == nodes_.end()) swept_.clear();
}

void Folder::forget(const std::string& name) {
  const MutexLock lock(mutex_);
  const auto found = nodes_.find(name);
  if (found != nodes_.end() && found->second.node.expired()) nodes_.erase(found);
}

std::size_t Folder::names() const {
  const MutexLock lock(mutex_);
  return nodes_.size();
}

const catalog::Entry* find_entry(const catalog::Entries& listing, std::string_view name) {
  const auto found = std::lower_bound(listing.begin(), listing.end(), name,
                                      [](const catalog::Entry& entry, std::string_view n) { return entry.name < n; });
  return found != listing.end() && found->name == name ? &*found : nullptr;
}

}  // namespace rimfs::image
