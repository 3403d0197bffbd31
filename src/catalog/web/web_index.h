// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/log.h"
#include "base/pieces.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "reactor/offload.h"

namespace rimfs::catalog {

/// The links of a listing that are not shown although they look like those of files.
struct LinksElsewhere {
  std::size_t count = 0;
  std::string first;  ///< Its address, as it may be shown.
};

/// What a listing says. A value.
struct Listing {
  Entries entries;
  LinksElsewhere elsewhere;
};

/// The tree below a URL whose folders a web server lists: as HTML or JSON, by nginx, Apache, lighttpd, Caddy, Python,
/// Go or a vSphere server. An entry's key is its URL, with links as the server wrote them. Reactor only.
class WebIndex : public Tree {
 public:
  /// All outlive the tree; `login` may be null. Listings are read on a thread of `pool`.
  WebIndex(std::string url, std::shared_ptr<const http::ServerAccess> access, std::shared_ptr<http::Login> login,
           http::Client& client, reactor::Offload& pool, Log& log);

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  Found listed(const Entry& file) const override;
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return origin_; }
  reactor::Task<> close() override;

 private:
  http::Address address_of(const Entry& entry) const;
  reactor::Task<std::optional<Entries>> ask(Entry folder);
  void forget_folder(const Entry& folder, const Error& error);
  void report(const LinksElsewhere& links, const Entry& folder);

  const std::string url_;
  const std::string origin_;
  const std::shared_ptr<const http::ServerAccess> access_;
  const std::shared_ptr<http::Login> login_;
  http::Client& client_;
  reactor::Offload& pool_;
  Log& log_;
  std::unordered_set<std::string> reported_;  // keys of folders
  std::unordered_set<std::string> folders_;   // keys that look like those of files
};

/// What a listing says, whatever its form, read as a stream. `type`: of its Content-Type; `url`: its own address.
/// Throws Error{denied} for a login page, Error{corrupt} for a broken listing and for one beyond a limit
/// (entry_list.h). Time and memory are proportional to the page and its entries, whatever it holds. Pure.
Listing read_listing(const Pieces& body, const std::string& type, const std::string& url);
/// The entries alone.
Entries read_index(const Pieces& body, const std::string& type, const std::string& url);
/// The same for a listing in memory.
Entries read_index(const std::string& body, const std::string& type, const std::string& url);

}  // namespace rimfs::catalog
