// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/log.h"
#include "catalog/tree.h"
#include "catalog/webdav/multistatus.h"
#include "http/client.h"
#include "reactor/offload.h"

namespace rimfs::catalog::webdav {

/// The tree below a URL of a WebDAV server (RFC 4918), or the one file that the URL leads to. A folder is listed with
/// one PROPFIND when it is asked for; files are read as those of any web server. An entry's key is its URL. Reactor
/// only.
class WebdavTree final : public Tree {
 public:
  /// `url`: http or https, with or without "/" at its end; `name`: of a single file in the mount. All references
  /// outlive the tree; `login` may be null. Replies are read on a thread of `pool`.
  WebdavTree(std::string url, std::string name, std::shared_ptr<const http::ServerAccess> access,
             std::shared_ptr<http::Login> login, http::Client& client, reactor::Offload& pool, Log& log);

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  reactor::Task<std::optional<Entry>> only_file() override;
  Found listed(const Entry& file) const override;
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return origin_; }
  reactor::Task<> close() override;

 private:
  http::Address address_of(const Entry& entry) const;
  reactor::Task<Multistatus> ask(Entry folder);
  void report(const HiddenMembers& hidden, const Entry& folder);

  // Constant after construction.
  const std::string url_;
  const std::string name_;
  const std::string origin_;
  const std::shared_ptr<const http::ServerAccess> access_;
  const std::shared_ptr<http::Login> login_;
  http::Client& client_;
  reactor::Offload& pool_;
  Log& log_;

  // Reactor only.
  bool root_listed_ = false;
  std::optional<Entry> only_file_;
  std::unordered_set<std::string> reported_;  // keys of folders
};

/// Whether the head of a reply to PROPFIND is that of a listing; otherwise why not, and what to do. Pure.
std::optional<http::Rejection> check_multistatus(const http::ReplyHead& head);

}  // namespace rimfs::catalog::webdav
