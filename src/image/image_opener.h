// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/log.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "image/folder.h"
#include "image/image.h"
#include "image/stored_images.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/task.h"

namespace rimfs::image {

/// How long answers of the servers are believed, and whether beyond that when a server cannot be reached.
struct Freshness {
  std::chrono::milliseconds image;    ///< That an image is unchanged, when it is opened.
  std::chrono::milliseconds listing;  ///< What is in a folder.
  bool offline = false;               ///< Show what the disk cache has.
};

/// ImageOpener: makes the Image of a folder's entry, in its current version. Asks the server whether a known image
/// still is what the server has; one that is not becomes stale, and another takes its place in the folder. Owns no
/// images: folders know them. Tasks: reactor only, and throw Error. What is known already: any thread, never waits.
class ImageOpener {
 public:
  /// What it works with; all of it outlives the opener.
  struct Parts {
    reactor::EventLoop& loop;
    http::Client& client;
    reactor::Offload& pool;  ///< For what a map's size decides.
    cache::BlockCache& cache;
    fetch::Fetcher& fetcher;
    cache::Tier* tier;  ///< Null when there is none.
    readahead::Budget& budget;
    TablePrefetch& tables;
    AccessTraces& traces;
    Log& log;
  };
  ImageOpener(Parts parts, Freshness freshness);

  // ---- Any thread.

  /// The image of a file's entry, when no server must be asked for it: one made earlier that the entry does not
  /// contradict, or a new one, if the entry tells the exact size. Otherwise null.
  std::shared_ptr<Image> known(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry);
  /// True while the last check of the image is recent enough for an open.
  bool is_fresh(const Image& image) const;

  // ---- Reactor only.

  /// The image of a file's entry: known(), or what the server says of the file. An image that contradicts the entry is
  /// not believed, nor is the entry: either may be the older one.
  reactor::Task<std::shared_ptr<Image>> find(std::shared_ptr<Folder> folder, catalog::Entry entry);
  /// Asks the server what the file is now: the image known so far when it still is that, otherwise a new one, which
  /// takes its place in the folder.
  reactor::Task<std::shared_ptr<Image>> check(std::shared_ptr<Folder> folder, catalog::Entry entry);

 private:
  std::shared_ptr<Image> make(const std::shared_ptr<Folder>& folder, const std::string& name, catalog::Found found);
  std::shared_ptr<Image> make_from_listing(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry);
  reactor::Task<std::shared_ptr<Image>> probe(std::shared_ptr<Folder> folder, catalog::Entry entry);
  std::shared_ptr<Image> replace_if_changed(Folder& folder, std::shared_ptr<Image> fresh);
  reactor::Task<std::shared_ptr<Image>> last_known(std::shared_ptr<Folder> folder, catalog::Entry entry, Error failure);

  // Constant after construction.
  const Parts parts_;
  const Freshness freshness_;
  const StoredImages stored_;

  // Synchronises itself.
  std::atomic<std::uint32_t> next_file_{0};
};

/// True when the server's replies do not tell one version of the image from the next, and only a listing does.
bool is_known_by_listing(const Image& image);

}  // namespace rimfs::image
