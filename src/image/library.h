// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/thread_safety.h"
#include "catalog/source.h"
#include "http/client.h"
#include "image/image.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::image {

/// The images a mount shows, by name, each in its current version. Any thread, except where a function says so.
/// Owns the images; the parts it is built from outlive it.
class Library {
 public:
  struct Parts {
    reactor::EventLoop& loop;
    http::Client& client;
    cache::BlockCache& cache;
    fetch::Fetcher& fetcher;
    readahead::Budget& budget;
    Log& log;
  };
  using Revalidated = std::function<void(std::variant<std::shared_ptr<Image>, Error>)>;

  Library(Parts parts, std::vector<catalog::Source> sources, std::chrono::milliseconds revalidate_after);
  ~Library();

  /// Asks every source for its size and validator. Reactor only; throws the first source's Error.
  reactor::Task<> load();

  /// Waits for revalidations under way. Reactor only.
  reactor::Task<> close();

  std::vector<std::shared_ptr<Image>> list() const;
  /// Null when the mount has no such name.
  std::shared_ptr<Image> find(std::string_view name) const;

  /// Makes sure that `image` is still what the server has: on_done gets it, or the Image that took its place, or
  /// the error. Called at once when the last check is recent, otherwise on the reactor.
  void revalidate(std::shared_ptr<Image> image, Revalidated on_done);

 private:
  struct Entry {
    catalog::Source source;
    std::shared_ptr<Image> image;
  };
  reactor::Task<std::shared_ptr<Image>> probe(catalog::Source source);
  reactor::Task<> check(std::shared_ptr<Image> image, Revalidated on_done);
  std::shared_ptr<Image> replace(const std::shared_ptr<Image>& old, std::shared_ptr<Image> fresh);

  // Constant after construction.
  Parts parts_;
  const std::chrono::milliseconds revalidate_after_;

  // Reactor only.
  std::unique_ptr<reactor::TaskScope> checks_;
  std::uint32_t next_file_ = 0;

  mutable Mutex mutex_;
  std::vector<Entry> entries_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::image
