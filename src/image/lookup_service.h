// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "image/folder.h"
#include "image/image.h"
#include "image/image_opener.h"
#include "image/namespace.h"
#include "observe/snapshot.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::image {

/// Answers a mount's lookups, listings and opens: the namespace finds the entry, the opener its image. Any thread.
/// Known results are returned at once; a request that needs the network runs on the reactor and ends with one call of
/// the callback there. Owns the tasks in progress. Failures arrive as Error.
class LookupService {
 public:
  using Parts = ImageOpener::Parts;
  using OnImage = std::function<void(std::variant<std::shared_ptr<Image>, Error>)>;
  using OnNode = std::function<void(std::variant<std::shared_ptr<Node>, Error>)>;  // null when the name does not exist
  using OnListing = std::function<void(std::variant<Folder::Listing, Error>)>;
  using OnMachines = std::function<void(std::variant<std::optional<std::string>, Error>)>;

  /// The parts (whose counters it reports), the namespace and the opener outlive it.
  LookupService(Parts parts, Namespace& names, ImageOpener& images, Freshness freshness);
  ~LookupService();

  /// Checks every source, all at once, so that an invalid one is reported before the mount exists. One that is optional
  /// (Tree::is_optional(), `is_optional` for that which is all of the mount) may fail: it is tried again when it is
  /// used. Reactor only; throws the first Error, and then no further requests can be sent.
  reactor::Task<> load(bool is_optional = false);

  /// Waits for the tasks in progress and logs out from the servers. Reactor only.
  reactor::Task<> close();

  const std::shared_ptr<Folder>& root() const { return names_.root(); }

  /// The folder's node of this name, or null when the name does not exist. Empty when that needs a request.
  std::optional<std::shared_ptr<Node>> look_up_now(const std::shared_ptr<Folder>& folder, const std::string& name);
  /// Does the same with a request to the server. Answers on the reactor.
  void look_up(std::shared_ptr<Folder> folder, std::string name, OnNode on_done);

  /// The node of an entry, or null when that needs a request. For readdirplus.
  std::shared_ptr<Node> node_of(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry);

  /// The listing of the folder, or null when that needs a request.
  Folder::Listing list_now(const Folder& folder) const;
  /// Does the same with a request to the server. Answers on the reactor.
  void list(std::shared_ptr<Folder> folder, OnListing on_done);

  /// Asks the server of the folder for the virtual machines below it (catalog::machines_json(), paths from the mount's
  /// root). Passes to on_done nothing for a folder whose server knows of none. Answers on the reactor.
  void find_machines(std::shared_ptr<Folder> folder, OnMachines on_done);

  /// Reports the metrics of its parts.
  void report(observe::Snapshot& into) const;

  /// How long an answer that needs the network may take.
  std::chrono::milliseconds answer_deadline() const;
  /// Until when the bytes that arrive from `server` extend that. Reactor only.
  reactor::EventLoop::Clock::time_point extended_until(const std::string& server) const;
  /// The origin of the server that lists the folder, or that has the image.
  static std::string server_of(const Folder& folder) { return folder.tree()->origin(); }
  static std::string server_of(const Image& image) { return image.listing_server(); }

  /// Checks that `image` is current. Passes to on_done the image, or the one that took its place, or the error: at once
  /// when the last check is recent, otherwise on the reactor.
  void revalidate(std::shared_ptr<Image> image, OnImage on_done);

 private:
  reactor::Task<> load_folder(std::shared_ptr<Folder> folder, bool is_optional);
  reactor::Task<> load_entry(std::shared_ptr<Folder> folder, catalog::Entry entry, bool is_optional,
                             std::optional<Error>& failure);
  bool goes_on_without(bool is_optional, const Error& failure);
  reactor::Task<std::shared_ptr<Node>> find_node(std::shared_ptr<Folder> folder, std::string name);
  reactor::Task<std::shared_ptr<Image>> check(std::shared_ptr<Image> image);
  reactor::Task<std::optional<std::string>> machines_below(std::shared_ptr<Folder> folder);

  // Constant after construction.
  const Parts parts_;
  Namespace& names_;
  ImageOpener& images_;
  const Freshness freshness_;

  reactor::TaskScope running_;  // reactor only
};

}  // namespace rimfs::image
