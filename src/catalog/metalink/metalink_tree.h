// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "catalog/metalink/metalink.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "reactor/offload.h"

namespace rimfs::catalog::metalink {

/// The files that a Metalink document describes, each with its places as mirrors of one another. A document with one
/// file is that file. Credentials go to the document's own origin only, because the server names all others. An entry's
/// key is its number in the document. Reactor only.
class MetalinkTree final : public Tree {
 public:
  /// `url`: of the document. All references outlive the tree; `login` may be null.
  MetalinkTree(std::string url, std::shared_ptr<const http::ServerAccess> access, std::shared_ptr<http::Login> login,
               http::Client& client, reactor::Offload& pool, Log& log);

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  reactor::Task<std::optional<Entry>> only_file() override;
  Found listed(const Entry& file) const override;
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return origin_; }
  reactor::Task<> close() override;

 private:
  /// A file with the memory of its places.
  struct Known {
    explicit Known(MetalinkFile what) : file(std::move(what)), memory(file.urls.size()) {}

    MetalinkFile file;
    http::MirrorMemory memory;
  };

  reactor::Task<> read();
  const std::shared_ptr<Known>& known(const Entry& entry) const;
  std::vector<http::Address> addresses_of(const MetalinkFile& file) const;
  void report(const std::vector<MetalinkFile>& files);

  // Constant after construction.
  const std::string url_;
  const std::string origin_;
  const std::shared_ptr<const http::ServerAccess> access_;
  const std::shared_ptr<http::Login> login_;
  http::Client& client_;
  reactor::Offload& pool_;
  Log& log_;

  // Reactor only.
  std::map<std::string, std::shared_ptr<Known>> files_;  // by their names; shared with tasks that ask for them
  bool is_read_ = false;
  bool reported_ = false;
};

}  // namespace rimfs::catalog::metalink
