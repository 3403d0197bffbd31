// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_safety.h"
#include "catalog/listing_server.h"
#include "catalog/metalink/metalink.h"
#include "catalog/tree.h"

namespace rimfs::catalog::metalink {

/// The files that a Metalink document describes, each with its places as mirrors of one another. A document with one
/// file is that file. Credentials go to the document's own origin only, because the server names all others. An entry's
/// key is the file's name in the document. Reactor only, except listed() and origin().
class MetalinkTree final : public Tree {
 public:
  /// The URL of `server` is that of the document.
  explicit MetalinkTree(ListingServer server) : server_(std::move(server)) {}

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  reactor::Task<std::optional<Entry>> only_file() override;
  Found listed(const Entry& file) const override;
  /// Asks the places in their order. One whose file has another size than the document says is left out.
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return server_.origin(); }
  reactor::Task<> close() override { return server_.close(); }

 private:
  /// A document as it was read. Never changes.
  using Known = std::shared_ptr<const Metalink>;
  Known known() const;
  static const MetalinkFile& file_of(const Metalink* known, const Entry& entry);
  std::shared_ptr<http::MirrorMemory> memory_of(const std::string& key, std::size_t places);
  std::vector<http::Address> addresses_of(const MetalinkFile& file) const;

  // Constant after construction.
  ListingServer server_;

  mutable Mutex mutex_;
  Known known_ RIMFS_GUARDED_BY(mutex_);  // null until the document was read

  // Reactor only.
  /// Which places failed, by the files' keys. Shared with the tasks that ask them.
  std::map<std::string, std::shared_ptr<http::MirrorMemory>> memories_;
};

}  // namespace rimfs::catalog::metalink
