// SPDX-License-Identifier: MIT
#include "catalog/s3/bucket_tree.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "catalog/file_name.h"
#include "catalog/s3/bucket_url.h"
#include "http/url.h"
#include "reactor/compute.h"

namespace rimfs::catalog::s3 {
namespace {

/// A page of 1,000 keys of 1,024 bytes, each byte encoded, is 4 MiB.
constexpr ByteCount kLargestPage = 16_MiB;
/// Pages in a row on which nothing is: a server may leave out what was deleted, but a listing must go on.
constexpr unsigned kMostEmptyPages = 100;
/// The number of folders whose hidden keys are reported.
constexpr std::size_t kMostReported = 1000;
constexpr std::size_t kLongestShownKey = 200;

std::optional<http::Rejection> check_listing(const http::ReplyHead& head) {
  return head.status == 200 ? std::nullopt : std::optional<http::Rejection>(http::reject_status(head));
}

}  // namespace

BucketTree::BucketTree(std::string bucket, std::string prefix, std::shared_ptr<const http::ServerAccess> access,
                       std::shared_ptr<http::Login> login, http::Client& client, reactor::Offload& pool, Log& log)
    : bucket_(std::move(bucket)),
      prefix_(std::move(prefix)),
      origin_(http::origin_of(bucket_)),
      access_(std::move(access)),
      login_(std::move(login)),
      client_(client),
      pool_(pool),
      log_(log) {}

Entry BucketTree::root() const { return Entry{"", true, prefix_, {}, {}}; }

http::Address BucketTree::address_of(const Entry& file) const {
  return http::Address(object_url(bucket_, file.key), access_, login_);
}

reactor::Task<http::Client::Document> BucketTree::ask(std::string query) {
  http::Address address(bucket_ + "?" + query, access_, login_);
  http::Request request(check_listing);
  request.most = kLargestPage;
  http::Client::Document document = co_await client_.fetch_document(address, std::move(request));
  co_return document;
}

/// Adds the page to the lists.
reactor::Task<Page> BucketTree::list_page(Dialect dialect, std::string prefix, std::string next, EntryList& entries,
                                          HiddenKeys& hidden) {
  http::Client::Document document = co_await ask(listing_query(dialect, prefix, next));
  std::function<Page()> read = [&] {
    http::Body body = std::move(document.body);  // freed here, also when it is refused
    return read_page(http::Body::consume(body), dialect, prefix, entries, hidden);
  };
  Page page = co_await reactor::compute(pool_, std::move(read));
  if (!page.is_listing) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: the answer is no listing of a bucket; is this an S3 server? See --s3-endpoint",
                            http::display_url(bucket_)));
  }
  co_return page;
}

reactor::Task<Entries> BucketTree::list(Entry folder) {
  EntryList list;
  HiddenKeys hidden;
  std::string next;
  unsigned empty = 0;
  Dialect dialect = dialect_;
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
      log_.debug("{}; asking in another way", refused->message());
      continue;
    }
    if (!page.next.empty() && !page.of_version_2) dialect.second = false;
    empty = page.found > 0 ? 0 : empty + 1;
    more = !page.next.empty();
    if (more && (page.next == next || empty > kMostEmptyPages)) {
      throw Error(ErrorKind::corrupt,
                  fmt::format("{}: the listing does not go on", http::display_url(object_url(bucket_, folder.key))));
    }
    next = std::move(page.next);
  }
  dialect_ = dialect;
  report(hidden, folder.key);
  std::function<Entries()> finish = [&list] {
    Entries entries = list.take();
    make_unique(entries);
    return entries;
  };
  Entries entries = co_await reactor::compute(pool_, std::move(finish));
  co_return entries;
}

/// Once for each folder.
void BucketTree::report(const HiddenKeys& hidden, const std::string& prefix) {
  const bool seen = reported_.size() >= kMostReported || hidden.count == 0 || !reported_.insert(prefix).second;
  if (seen) return;
  log_.warning("{}: {} keys cannot be file names and are not shown, the first is {}",
               http::display_url(object_url(bucket_, prefix)), hidden.count, printable(hidden.first, kLongestShownKey));
}

Found BucketTree::listed(const Entry& file) const {
  http::Identity identity;
  identity.size = file.size.value_or(ByteCount{});
  identity.listed_time = access_->compared(file.modified);
  return Found(address_of(file), std::move(identity));
}

reactor::Task<Found> BucketTree::find(Entry file) {
  http::Address address = address_of(file);
  http::Identity identity = co_await client_.probe(address);
  identity.listed_time = access_->compared(file.modified);
  co_return Found(std::move(address), std::move(identity));
}

reactor::Task<> BucketTree::close() {
  if (login_) {
    co_await login_->close();
  }
}

}  // namespace rimfs::catalog::s3
