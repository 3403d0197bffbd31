// SPDX-License-Identifier: MIT
#include "catalog/s3/bucket_tree.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "catalog/file_name.h"
#include "catalog/s3/bucket_url.h"
#include "http/url.h"

namespace rimfs::catalog::s3 {
namespace {

/// A page of 1,000 keys of 1,024 bytes, each byte encoded, is 4 MiB.
constexpr ByteCount kLargestPage = 16_MiB;
/// More than EntryList takes, also with pages of 100 keys. A server may send the same keys with ever new tokens.
constexpr unsigned kMostPages = 20'000;
/// Pages in a row on which nothing is: a server may leave out what was deleted, but a listing must go on.
constexpr unsigned kMostEmptyPages = 100;
constexpr std::size_t kLongestShownKey = 200;

std::optional<http::Rejection> check_listing(const http::ReplyHead& head) {
  return head.status == 200 ? std::nullopt : std::optional<http::Rejection>(http::reject_status(head));
}

}  // namespace

Entry BucketTree::root() const { return Entry{"", true, prefix_, {}, {}}; }

std::string BucketTree::url_of(const Entry& file) const { return object_url(server_.url(), file.key); }

/// Adds the page to the lists.
reactor::Task<Page> BucketTree::list_page(Dialect dialect, std::string prefix, std::string next, EntryList& entries,
                                          HiddenKeys& hidden) {
  http::Address address = server_.address(server_.url() + "?" + listing_query(dialect, prefix, next));
  http::Request request(check_listing);
  request.most = kLargestPage;
  ListingServer::Reader<Page> read = [&](const Pieces& body, const http::Client::Document&) {
    return read_page(body, dialect, prefix, entries, hidden);
  };
  Page page = co_await server_.read(address, std::move(request), std::move(read));
  if (!page.is_listing) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: the answer is no listing of a bucket; is this an S3 server? See --s3-endpoint",
                            http::display_url(server_.url())));
  }
  co_return page;
}

reactor::Task<Entries> BucketTree::list(Entry folder) {
  EntryList list;
  HiddenKeys hidden;
  std::string next;
  unsigned empty = 0;
  Dialect dialect = dialect_;
  unsigned pages = 0;
  for (bool more = true; more;) {
    std::optional<Error> refused;
    Page page;
    try {
      page = co_await list_page(dialect, folder.key, next, list, hidden);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unsupported || !dialect_after(dialect) || !next.empty()) throw;
      refused = error;
    }
    if (refused) {
      dialect = *dialect_after(dialect);
      server_.log().debug("{}; asking in another way", refused->message());
      continue;
    }
    if (!page.next.empty() && !page.of_version_2) dialect.second = false;
    empty = page.found > 0 ? 0 : empty + 1;
    more = !page.next.empty();
    if (more && (page.next == next || empty > kMostEmptyPages || ++pages > kMostPages)) {
      throw Error(ErrorKind::corrupt, fmt::format("{}: the listing does not go on", http::display_url(url_of(folder))));
    }
    next = std::move(page.next);
  }
  dialect_ = dialect;
  report(hidden, folder);
  std::function<Entries()> finish = [&list] {
    Entries entries = list.take();
    make_unique(entries);
    return entries;
  };
  Entries entries = co_await server_.compute(std::move(finish));
  co_return entries;
}

/// Once for each folder.
void BucketTree::report(const HiddenKeys& hidden, const Entry& folder) {
  if (hidden.count == 0 || !server_.reports(folder.key)) return;
  server_.log().warning("{}: {} keys cannot be file names and are not shown, the first is {}",
                        http::display_url(url_of(folder)), hidden.count, printable(hidden.first, kLongestShownKey));
}

}  // namespace rimfs::catalog::s3
