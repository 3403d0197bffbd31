// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <unordered_set>

#include "base/log.h"
#include "catalog/s3/bucket_listing.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "reactor/offload.h"

namespace rimfs::catalog::s3 {

/// The objects of a bucket below a prefix, as a tree: "/" divides folders. A folder is listed when it is asked for,
/// page after page. An entry's key is the object's key. Reactor only.
class BucketTree final : public Tree {
 public:
  /// `bucket`: its URL, with "/" at the end; `prefix`: empty, or with "/" at its end. All references outlive the tree.
  BucketTree(std::string bucket, std::string prefix, std::shared_ptr<const http::ServerAccess> access,
             std::shared_ptr<http::Login> login, http::Client& client, reactor::Offload& pool, Log& log);

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  Found listed(const Entry& file) const override;
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return origin_; }
  reactor::Task<> close() override;

 private:
  http::Address address_of(const Entry& file) const;
  reactor::Task<Page> list_page(Dialect dialect, std::string prefix, std::string next, EntryList& entries,
                                HiddenKeys& hidden);
  reactor::Task<http::Client::Document> ask(std::string query);
  void report(const HiddenKeys& hidden, const std::string& prefix);

  // Constant after construction.
  const std::string bucket_;
  const std::string prefix_;
  const std::string origin_;
  const std::shared_ptr<const http::ServerAccess> access_;
  const std::shared_ptr<http::Login> login_;
  http::Client& client_;
  reactor::Offload& pool_;
  Log& log_;

  // Reactor only.
  Dialect dialect_;                           // the one in which the last listing was answered
  std::unordered_set<std::string> reported_;  // keys of folders
};

}  // namespace rimfs::catalog::s3
