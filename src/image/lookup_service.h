// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/log.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "image/folder.h"
#include "image/image.h"
#include "image/stored_images.h"
#include "observe/snapshot.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/signal.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::image {

/// All that a mount shows: folders as their trees list them, images each in its current version. Any thread, except
/// where a function says so; never waits for the network: what needs it is answered on the reactor.
class Library {
 public:
  struct Parts {
    reactor::EventLoop& loop;
    http::Client& client;
    reactor::Offload& pool;  ///< For what a listing's or a map's size decides.
    cache::BlockCache& cache;
    fetch::Fetcher& fetcher;
    cache::Tier* tier;  ///< Null when there is none.
    readahead::Budget& budget;
    TablePrefetch& tables;
    AccessTraces& traces;
    Log& log;
  };
  /// How long answers of the servers are believed, and whether beyond that when a server cannot be reached.
  struct Trust {
    std::chrono::milliseconds image;    ///< That an image is unchanged, when it is opened.
    std::chrono::milliseconds listing;  ///< What is in a folder.
    bool offline = false;               ///< Show what the disk cache has.
  };
  using OnImage = std::function<void(std::variant<std::shared_ptr<Image>, Error>)>;
  using OnNode = std::function<void(std::variant<std::shared_ptr<Node>, Error>)>;  // null: there is no such name
  using OnListing = std::function<void(std::variant<Folder::Listing, Error>)>;

  /// The parts outlive the library; it owns the tree.
  Library(Parts parts, std::shared_ptr<catalog::Tree> tree, Trust trust);
  ~Library();

  /// Asks every source what it is, so that a bad one is known before the mount is. Reactor only; throws the first
  /// Error.
  reactor::Task<> load();

  /// Waits for what is under way and says goodbye to the servers. Reactor only.
  reactor::Task<> close();

  const std::shared_ptr<Folder>& root() const { return root_; }

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
  reactor::Task<> refresh(std::shared_ptr<Folder> folder, std::chrono::milliseconds age);
  reactor::Task<> ask_listing(std::shared_ptr<Folder> folder);
  reactor::Task<std::shared_ptr<Node>> ask_node(std::shared_ptr<Folder> folder, std::string name);
  reactor::Task<std::shared_ptr<Image>> ask_image(std::shared_ptr<Folder> folder, catalog::Entry entry);
  reactor::Task<std::shared_ptr<Image>> ask_current(std::shared_ptr<Folder> folder, catalog::Entry entry);
  reactor::Task<> answer_node(std::shared_ptr<Folder> folder, std::string name, OnNode on_done);
  reactor::Task<> answer_listing(std::shared_ptr<Folder> folder, OnListing on_done);
  reactor::Task<> answer_image(std::shared_ptr<Image> image, OnImage on_done);
  void note_outage(const std::string& server, const Error& failure, std::string_view instead);
  std::shared_ptr<Image> take_place(Folder& folder, std::shared_ptr<Image> fresh);
  reactor::Task<std::shared_ptr<Image>> last_known_image(std::shared_ptr<Folder> folder, catalog::Entry entry,
                                                         Error failure);
  std::shared_ptr<Image> make_image(const std::shared_ptr<Folder>& folder, const std::string& name,
                                    catalog::Found found);
  std::shared_ptr<Node> make_node(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry);
  std::shared_ptr<Node> known_node(const Folder& folder, const catalog::Entry& entry) const;

  // Constant after construction.
  const Parts parts_;
  const Trust trust_;
  const StoredImages stored_;
  const std::shared_ptr<catalog::Tree> tree_;
  const std::shared_ptr<Folder> root_;

  // Reactor only.
  std::unordered_map<const Folder*, std::shared_ptr<reactor::Signal>> listing_now_;  // folders being listed
  reactor::TaskScope asking_;

  // Synchronise themselves.
  std::atomic<std::uint32_t> next_file_{0};
};

}  // namespace rimfs::image
