// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/pieces.h"
#include "catalog/listing_server.h"
#include "catalog/tree.h"

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
  explicit WebIndex(ListingServer server) : server_(std::move(server)) {}

  Entry root() const override;
  reactor::Task<Entries> list(Entry folder) override;
  Found listed(const Entry& file) const override { return server_.listed(file.key, file); }
  reactor::Task<Found> find(Entry file) override;
  std::string origin() const override { return server_.origin(); }
  reactor::Task<> close() override { return server_.close(); }

 private:
  reactor::Task<std::optional<Entries>> ask(Entry folder);
  void forget_folder(const Entry& folder, const Error& error);
  void report(const LinksElsewhere& links, const Entry& folder);

  ListingServer server_;
  std::unordered_set<std::string> folders_;  // keys that look like those of files
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
