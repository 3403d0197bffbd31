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

/// The names that a mount shows. Owns the root folder and with it all others. Refreshes a folder's listing when it is
/// older than `max_age`. Independent of images: a name leads to a catalog::Entry, a value. Tasks: reactor only, and
/// throw Error. Queries of known state: any thread, never wait.
class Namespace {
 public:
  /// The parts that it uses. All outlive the namespace.
  struct Parts {
    reactor::EventLoop& loop;
    reactor::Offload& pool;      ///< Sorts listings and frees the previous ones.
    http::FailureLog& failures;  ///< Logs that an old listing is shown.
  };
  Namespace(Parts parts, std::shared_ptr<catalog::Tree> tree, std::chrono::milliseconds max_age);

  // ---- Any thread.

  const std::shared_ptr<Folder>& root() const { return root_; }
  /// The listing of the folder, or null when that needs a request.
  Folder::Listing known_listing(const Folder& folder) const;
  /// The folder that an entry of `parent` leads to: an earlier one, or a new one. Makes no request.
  static std::shared_ptr<Folder> folder_of(const std::shared_ptr<Folder>& parent, const catalog::Entry& entry);

  // ---- Reactor only.

  /// The listing of the folder. Requests it when it is older than `max_age`, which defaults to the namespace's own. One
  /// request at a time for a folder; other callers wait for its reply. When the server cannot be reached, returns the
  /// previous listing if there is one.
  reactor::Task<Folder::Listing> list(std::shared_ptr<Folder> folder);
  reactor::Task<Folder::Listing> list(std::shared_ptr<Folder> folder, std::chrono::milliseconds max_age);
  /// The folder's entry of this name, or none.
  reactor::Task<std::optional<catalog::Entry>> find(std::shared_ptr<Folder> folder, std::string name);

  /// Logs out from the servers. Called when no other task runs.
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
