// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "catalog/listing_server.h"
#include "catalog/s3/bucket_listing.h"
#include "catalog/tree.h"

namespace rimfs::catalog::s3 {

/// The objects of a bucket below a prefix, as a tree: "/" divides folders. A folder is listed when it is asked for,
/// page after page. An entry's key is the object's key. Reactor only.
class BucketTree final : public Tree {
 public:
  /// The URL of `server` is that of the bucket, with "/" at its end. `prefix`: empty, or with "/" at its end.
  BucketTree(ListingServer server, std::string prefix) : server_(std::move(server)), prefix_(std::move(prefix)) {}

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  Found listed(const Entry& file) const override { return server_.listed(url_of(file), file); }
  reactor::Task<Found> find(Entry file) override { return server_.find(url_of(file), file); }
  std::string origin() const override { return server_.origin(); }
  reactor::Task<> close() override { return server_.close(); }

 private:
  std::string url_of(const Entry& file) const;
  reactor::Task<Page> list_page(Dialect dialect, std::string prefix, std::string next, EntryList& entries,
                                HiddenKeys& hidden);
  void report(const HiddenKeys& hidden, const Entry& folder);

  // Constant after construction.
  ListingServer server_;
  const std::string prefix_;

  // Reactor only.
  Dialect dialect_;  // the one in which the last listing was answered
};

}  // namespace rimfs::catalog::s3
