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

/// LookupService: answers what a mount asks of names and images, from any thread: the namespace finds the entry, the
/// opener its image. Answers at once what is known; what needs the network runs on the reactor and ends with one call
/// of the callback there. Owns the tasks under way.
class LookupService {
 public:
  using Parts = ImageOpener::Parts;
  using OnImage = std::function<void(std::variant<std::shared_ptr<Image>, Error>)>;
  using OnNode = std::function<void(std::variant<std::shared_ptr<Node>, Error>)>;  // null: there is no such name
  using OnListing = std::function<void(std::variant<Folder::Listing, Error>)>;

  /// The parts, whose counters it reports, the namespace and the opener outlive it.
  LookupService(Parts parts, Namespace& names, ImageOpener& images, Freshness freshness);
  ~LookupService();

  /// Asks every source what it is, so that a bad one is known before the mount is. Reactor only; throws the first
  /// Error.
  reactor::Task<> load();

  /// Waits for what is under way and logs out from the servers. Reactor only.
  reactor::Task<> close();

  const std::shared_ptr<Folder>& root() const { return names_.root(); }

  /// What the folder has under this name, null for nothing; no value when the server must be asked.
  std::optional<std::shared_ptr<Node>> look_up_now(const std::shared_ptr<Folder>& folder, const std::string& name);
  /// The same, asking the server. Answered on the reactor.
  void look_up(std::shared_ptr<Folder> folder, std::string name, OnNode on_done);

  /// The node of an entry when no server must be asked for it, otherwise null. For readdirplus.
  std::shared_ptr<Node> node_of(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry);

  /// What is in the folder; null when the server must be asked.
  Folder::Listing list_now(const Folder& folder) const;
  /// The same, asking the server. Answered on the reactor.
  void list(std::shared_ptr<Folder> folder, OnListing on_done);

  /// Reports the metrics of its parts.
  void report(observe::Snapshot& into) const;

  /// How long an answer that needs the network may take.
  std::chrono::milliseconds answer_deadline() const;
  /// Until when what arrives from `server` extends that. Reactor only.
  reactor::EventLoop::Clock::time_point extended_until(const std::string& server) const;
  /// The server that is asked for what is in the folder, and for what the image is: its origin.
  static std::string server_of(const Folder& folder) { return folder.tree()->origin(); }
  static std::string server_of(const Image& image);

  /// Makes sure that `image` is still what the server has: on_done gets it, or the Image that took its place, or
  /// the error. Called at once when the last check is recent, otherwise on the reactor.
  void revalidate(std::shared_ptr<Image> image, OnImage on_done);

 private:
  reactor::Task<> load_folder(std::shared_ptr<Folder> folder);
  reactor::Task<std::shared_ptr<Node>> find_node(std::shared_ptr<Folder> folder, std::string name);
  reactor::Task<std::shared_ptr<Image>> check(std::shared_ptr<Image> image);

  // Constant after construction.
  const Parts parts_;
  Namespace& names_;
  ImageOpener& images_;
  const Freshness freshness_;

  reactor::TaskScope running_;  // reactor only
};

}  // namespace rimfs::image
