// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/log.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "image/folder.h"
#include "image/image.h"
#include "image/remote_files.h"
#include "image/stored_images.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/task.h"

namespace rimfs::image {

/// How long replies of the servers stay valid, and whether an unreachable server is tolerated after that.
struct Freshness {
  std::chrono::milliseconds image;    ///< How long an image counts as unchanged after a check, when it is opened.
  std::chrono::milliseconds listing;  ///< How long a folder's listing is valid.
  bool offline = false;  ///< Whether the version in the disk cache is shown when the server cannot be reached.
};

/// Makes the Image of a folder's entry, in its current version. Checks with the server whether a known image is
/// current; otherwise it becomes stale, and a new one takes its place in the folder. Owns no images: folders hold them.
/// Tasks: reactor only, and throw Error. Queries of known state: any thread, never wait.
class ImageOpener {
 public:
  /// The parts that it uses. All outlive the opener.
  struct Parts {
    reactor::EventLoop& loop;
    http::Client& client;
    reactor::Offload& pool;  ///< For work that grows with the size of a map.
    cache::BlockCache& cache;
    fetch::Fetcher& fetcher;
    cache::Tier* tier;  ///< Null when there is none.
    readahead::Budget& budget;
    TablePrefetch& tables;
    AccessTraces& traces;
    RemoteFiles& files;
    Log& log;
  };
  ImageOpener(Parts parts, Freshness freshness);

  // ---- Any thread.

  /// The image of a file's entry, when no request is needed: an earlier one that the entry does not contradict, or a
  /// new one if the entry has the exact size. Otherwise null.
  std::shared_ptr<Image> known(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry);
  /// True while the last check of the image is recent enough for an open.
  bool is_fresh(const Image& image) const;

  // ---- Reactor only.

  /// The image of a file's entry: known(), or the result of a check with the server. When the image and the entry
  /// contradict each other, the server decides: either of them may be out of date.
  reactor::Task<std::shared_ptr<Image>> find(std::shared_ptr<Folder> folder, catalog::Entry entry);
  /// Checks the file with the server. Returns the image known so far when it is current, otherwise a new one that has
  /// taken its place in the folder.
  reactor::Task<std::shared_ptr<Image>> check(std::shared_ptr<Folder> folder, catalog::Entry entry);

 private:
  std::shared_ptr<Image> make(const std::shared_ptr<Folder>& folder, const std::string& name, Image::Details details,
                              std::shared_ptr<fetch::RemoteFile> file);
  std::shared_ptr<Image> make_unchecked(const std::shared_ptr<Folder>& folder, const std::string& name,
                                        catalog::Found found);
  std::shared_ptr<Image> make_from_listing(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry);
  reactor::Task<std::shared_ptr<Image>> probe(std::shared_ptr<Folder> folder, catalog::Entry entry);
  std::shared_ptr<Image> replace_if_changed(Folder& folder, std::shared_ptr<Image> fresh);
  reactor::Task<std::shared_ptr<Image>> last_known(std::shared_ptr<Folder> folder, catalog::Entry entry, Error failure);

  // Constant after construction.
  const Parts parts_;
  const Freshness freshness_;
  const StoredImages stored_;
};

/// True when a check has shown that the server sends no validators, so that only a listing distinguishes the image's
/// versions.
bool is_known_by_listing(const Image& image);

}  // namespace rimfs::image
