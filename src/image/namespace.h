// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "catalog/tree.h"
#include "http/failure_log.h"
#include "image/folder.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::image {

/// Namespace: the names that a mount shows. Owns the root folder and with it all others; refreshes a folder's listing
/// when it is older than `max_age`. Knows nothing of images: a name leads to a catalog::Entry, a value. Tasks: reactor
/// only, and throw Error. What is known already: any thread, never waits.
class Namespace {
 public:
  /// What it works with; all of it outlives the namespace.
  struct Parts {
    reactor::EventLoop& loop;
    reactor::Offload& pool;      ///< Sorts listings, and frees the ones before.
    http::FailureLog& failures;  ///< Where it is logged that an old listing is shown.
  };
  Namespace(Parts parts, std::shared_ptr<catalog::Tree> tree, std::chrono::milliseconds max_age);

  // ---- Any thread.

  const std::shared_ptr<Folder>& root() const { return root_; }
  /// The listing of the folder; null when the server must be asked.
  Folder::Listing known_listing(const Folder& folder) const;
  /// The folder that an entry of `parent` leads to: the one made earlier, or a new one. No server is asked.
  static std::shared_ptr<Folder> folder_of(const std::shared_ptr<Folder>& parent, const catalog::Entry& entry);

  // ---- Reactor only.

  /// The listing of the folder, asking the server when it is older than `max_age`, the namespace's own unless it is
  /// given. One request at a time for a folder: other callers wait for its reply. When the server cannot be reached,
  /// the listing before, if there is one.
  reactor::Task<Folder::Listing> list(std::shared_ptr<Folder> folder);
  reactor::Task<Folder::Listing> list(std::shared_ptr<Folder> folder, std::chrono::milliseconds max_age);
  /// What the folder has under this name; nothing when there is no such name.
  reactor::Task<std::optional<catalog::Entry>> find(std::shared_ptr<Folder> folder, std::string name);

  /// Logs out from the servers. When no other task runs any more.
  reactor::Task<> close();

 private:
  reactor::Task<> refresh(std::shared_ptr<Folder> folder, std::chrono::milliseconds max_age);
  reactor::Task<> request_listing(std::shared_ptr<Folder> folder);

  // Constant after construction.
  const Parts parts_;
  const std::chrono::milliseconds max_age_;
  const std::shared_ptr<catalog::Tree> tree_;
  const std::shared_ptr<Folder> root_;

  // Reactor only: the folders whose listing is being requested.
  std::unordered_map<const Folder*, std::shared_ptr<reactor::Signal>> in_flight_;
};

}  // namespace rimfs::image
