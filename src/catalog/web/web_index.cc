// SPDX-License-Identifier: MIT
#include "catalog/web/web_index.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/printable.h"
#include "catalog/entry_list.h"
#include "catalog/file_name.h"
#include "catalog/web/charset.h"
#include "catalog/web/folder_links.h"
#include "catalog/web/html_index.h"
#include "catalog/web/json_index.h"
#include "catalog/web/xml_index.h"
#include "http/url.h"

namespace rimfs::catalog {
namespace {

/// A million names of ordinary length are 150 MiB; more than this is no listing.
constexpr ByteCount kLargestListing = 256_MiB;

/// The number of folders without a slash that are remembered: a listing's most entries are enough.
constexpr std::size_t kMostFolders = 100'000;
constexpr std::size_t kLongestShownLink = 200;

constexpr const char* kLoginPage = "the server shows a login page instead of a listing";

/// True when the address was redirected to its own path with a slash.
bool leads_to_folder(const http::Address& address) {
  const std::string path = http::path_and_query(address.current()).path;
  return path.ends_with('/') &&
         http::decoded_path_parts(path) == http::decoded_path_parts(http::path_and_query(address.given()).path);
}

/// Only a plain success is a listing.
std::optional<http::Rejection> check_listing(const http::ReplyHead& head) {
  if (head.status != 200) return http::reject_status(head);
  const auto is = [&](const char* form) { return head.content_type.find(form) != std::string::npos; };
  if (head.content_type.empty() || is("html") || is("json") || is("xml")) return std::nullopt;
  return http::Rejection{
      ErrorKind::unsupported, false,
      "no listing of a folder (its type is " + head.content_type + "); leave out the last / for a file"};
}

/// Makes entries of the links of a page.
class PageEntries : public LinkSink {
 public:
  PageEntries(const std::string& url, EntryList& entries, LinksElsewhere& elsewhere)
      : links_(url), entries_(entries), elsewhere_(elsewhere) {}

  void base(const std::string& href) override { links_.set_base(href); }

  void link(PageLink link) override {
    std::optional<Entry> entry = links_.entry(link.href, link.text);
    if (!entry) return note_elsewhere(link.href);
    const Details details = read_details(link.details);
    entry->folder |= links_.is_of_datastore() && details.no_size;
    // Some servers call a folder "name/" and link to it without the slash; with it, they need not redirect.
    if (!entry->folder && trimmed(link.text).ends_with('/')) entry = as_folder(std::move(*entry));
    if (!entry->folder) entry->size = details.size;
    entry->modified = details.modified;
    entries_.add(std::move(*entry));
  }

 private:
  void note_elsewhere(const std::string& href) {
    if (links_.is_of_datastore()) return;
    const auto target = links_.target_elsewhere(href);
    if (target && elsewhere_.count++ == 0) elsewhere_.first = http::display_url(*target).text();
  }

  FolderLinks links_;
  EntryList& entries_;
  LinksElsewhere& elsewhere_;
};

void read_html_index(const Pieces& body, const std::string& type, const std::string& url, EntryList& entries,
                     LinksElsewhere& elsewhere) {
  PageEntries page(url, entries, elsewhere);
  const bool asks_for_password = read_page(body, charset_label(type), page);
  if (entries.empty() && asks_for_password) throw Error(ErrorKind::denied, kLoginPage);
}

}  // namespace

Listing read_listing(const Pieces& body, const std::string& type, const std::string& url) {
  EntryList list;
  Listing listing;
  if (type.find("json") != std::string::npos) {
    read_json_index(body, url, list);
  } else if (type.find("xml") != std::string::npos && type.find("html") == std::string::npos) {
    read_xml_index(body, url, list);
  } else {
    read_html_index(body, type, url, list, listing.elsewhere);
  }
  listing.entries = list.take();
  make_unique(listing.entries);
  return listing;
}

Entries read_index(const Pieces& body, const std::string& type, const std::string& url) {
  return read_listing(body, type, url).entries;
}

Entries read_index(const std::string& body, const std::string& type, const std::string& url) {
  return read_index(one_piece(body), type, url);
}

Entry WebIndex::root() const { return Entry{"", true, server_.url(), {}, {}}; }

/// A server may show a login page with a success when a login is over, so that only its content tells.
reactor::Task<Entries> WebIndex::list(Entry folder) {
  const std::shared_ptr<http::Login>& login = server_.login();
  const std::uint64_t shown = login ? login->version() : 0;
  std::optional<Entries> entries;
  try {
    entries = co_await ask(folder);
  } catch (const Error& error) {
    forget_folder(folder, error);
    throw;
  }
  bool renewed = false;
  if (!entries && login) {
    renewed = co_await login->renew(shown);
  }
  if (renewed) {
    entries = co_await ask(folder);
    login->tried_again(!entries.has_value());
  }
  if (!entries) {
    throw Error(ErrorKind::denied, server_.address(folder.key).shown().text() + ": " + kLoginPage);
  }
  for (Entry& entry : *entries) {
    if (!folders_.empty() && folders_.contains(entry.key)) entry = as_folder(std::move(entry));
  }
  co_return std::move(*entries);
}

/// A folder that is gone may have been replaced by a file, which the listing shows in the same way.
void WebIndex::forget_folder(const Entry& folder, const Error& error) {
  const bool gone = error.kind() == ErrorKind::missing || error.kind() == ErrorKind::unsupported;
  if (gone)
    std::erase_if(folders_, [&](const std::string& file) {
      return as_folder({"", false, file, {}, {}}).key == folder.key;
    });
}

/// What the folder's page lists; nothing when it is a login page.
reactor::Task<std::optional<Entries>> WebIndex::ask(Entry folder) {
  http::Address address = server_.address(folder.key);
  http::Request request(check_listing);
  request.most = kLargestListing;
  // Caddy then lists in JSON, with exact sizes.
  request.headers.emplace_back("Accept: text/html, application/json;q=0.9, */*;q=0.1");
  http::Client::Document document = co_await server_.client().fetch_document(address, request);
  std::function<Listing()> read = [&document] {
    http::Body body = std::move(document.body);  // freed here, also when it is refused
    return read_listing(http::Body::consume(body), document.head.content_type, document.url);
  };
  try {
    Listing listing = co_await server_.compute(std::move(read));
    report(listing.elsewhere, folder);
    co_return std::move(listing.entries);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::denied) throw error.within(address.shown().text());
  }
  co_return std::nullopt;
}

/// Once for each folder.
void WebIndex::report(const LinksElsewhere& links, const Entry& folder) {
  if (links.count == 0 || !server_.reports(folder.key)) return;
  server_.log().warning(
      "{}: {} of the links in the listing lead to other folders or servers and are not shown, the first to {}",
      server_.address(folder.key).shown(), links.count, printable(links.first).substr(0, kLongestShownLink));
}

/// Some servers list a folder as they list a file, and redirect to its name with a slash. What was found to be one is
/// remembered.
reactor::Task<Found> WebIndex::find(Entry file) {
  if (folders_.contains(file.key)) throw Error(ErrorKind::folder, file.name + ": it is a folder");
  http::Address address = server_.address(file.key);
  http::Identity identity;
  try {
    identity = co_await server_.client().probe(address);
  } catch (const Error& error) {
    const bool is_no_file = error.kind() == ErrorKind::unsupported || error.kind() == ErrorKind::only_whole;
    if (!is_no_file || !leads_to_folder(address)) throw;
    if (folders_.size() < kMostFolders) folders_.insert(file.key);
    throw Error(ErrorKind::folder, file.name + ": it is a folder");
  }
  identity = server_.with_listed_time(std::move(identity), file);
  co_return Found(std::move(address), std::move(identity));
}

}  // namespace rimfs::catalog
