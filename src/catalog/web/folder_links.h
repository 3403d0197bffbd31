// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/entry.h"

namespace rimfs::catalog {

/// Tells which links of a page lead to what is in the folder that the page lists: the same server, and one name further
/// down. All others (parents, other sites, the sorting links of a table's head) are no entries. Servers write links in
/// ways of their own:
/// - A server behind a proxy that ends TLS writes "http" for the page's "https". A link to the page's host with another
///   scheme counts, if the port is the same or both are the schemes' defaults; it is asked for as the page was.
/// - IIS and servers on other file systems that ignore case write the folder as it is on the disk, not as the user did.
///   So ASCII letters of the folder's own path may differ in case.
/// Understands the pages of vSphere's /folder too, where datacenters and datastores are told apart by the query.
class FolderLinks {
 public:
  /// `url`: the page's own address, after redirects. Throws Error{misuse} when it is none.
  explicit FolderLinks(std::string url);

  /// The links that follow are relative to this URL, which is itself relative to the page's. Ignored when it is none.
  void set_base(const std::string& href);

  /// The link as an entry: the name made safe, the key an absolute URL with the path as the server wrote it. `text`:
  /// what the page calls the link.
  std::optional<Entry> entry(const std::string& href, std::string_view text = {}) const;

  /// The address of a link that is no entry and looks like that of a file: its path has a last name, and it leads
  /// neither to the page itself nor to a folder above. So somebody may miss what it leads to. Nothing for other links.
  std::optional<std::string> target_elsewhere(const std::string& href) const;

  /// True for a page of a datastore of vSphere, whose links to folders may lack the slash at their end.
  bool is_of_datastore() const { return datastore_; }

 private:
  bool is_inside(const std::vector<std::string>& path) const;
  std::optional<Entry> plain_entry(const std::string& href) const;
  std::optional<Entry> datastore_entry(const std::string& query, std::string key, std::string_view text) const;

  std::string url_;
  std::string relative_to_;  // the page's base
  std::string origin_;
  std::vector<std::string> path_;  // decoded
  std::string query_;
  std::string base_;        // with "/" at its end; empty when what is in the folder is not beneath the page
  std::string lost_query_;  // what a link without a query gets: names the datastore
  bool datastores_;         // the page may be one above the datastores
  bool datastore_;
};

/// The value of a query's key, decoded once; nothing when the key is not there.
std::optional<std::string> query_value(const std::string& query, std::string_view key);

}  // namespace rimfs::catalog
