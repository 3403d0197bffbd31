// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "catalog/listing_server.h"
#include "catalog/tree.h"
#include "catalog/webdav/multistatus.h"
#include "http/client.h"

namespace rimfs::catalog::webdav {

/// The tree below a URL of a WebDAV server (RFC 4918), or the one file that the URL leads to. A folder is listed with
/// one PROPFIND when it is asked for; files are read as those of any web server. An entry's key is its URL. Reactor
/// only.
class WebdavTree final : public Tree {
 public:
  /// The URL of `server` is http or https, with or without "/" at its end; `name`: of a single file in the mount.
  WebdavTree(ListingServer server, std::string name) : server_(std::move(server)), name_(std::move(name)) {}

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  reactor::Task<std::optional<Entry>> only_file() override;
  Found listed(const Entry& file) const override { return server_.listed(file.key, file); }
  reactor::Task<Found> find(Entry file) override { return server_.find(file.key, file); }
  std::string origin() const override { return server_.origin(); }
  reactor::Task<> close() override { return server_.close(); }

 private:
  reactor::Task<Multistatus> ask(Entry folder);
  void report(const HiddenMembers& hidden, const Entry& folder);

  // Constant after construction.
  ListingServer server_;
  const std::string name_;

  // Reactor only.
  bool root_listed_ = false;
  std::optional<Entry> only_file_;
};

/// Whether the head of a reply to PROPFIND is that of a listing; otherwise why not, and what to do. Pure.
std::optional<http::Rejection> check_multistatus(const http::ReplyHead& head);

}  // namespace rimfs::catalog::webdav
