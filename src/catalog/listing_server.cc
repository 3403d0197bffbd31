// SPDX-License-Identifier: MIT
#include "catalog/listing_server.h"

#include "http/url.h"

namespace rimfs::catalog {
namespace {

constexpr std::size_t kMostReported = 1000;

}  // namespace

ListingServer::ListingServer(std::string url, Access access, http::Client& client, reactor::Offload& pool, Log& log)
    : url_(std::move(url)),
      origin_(http::origin_of(url_)),
      access_(std::move(access)),
      client_(client),
      pool_(pool),
      log_(log) {}

http::Identity ListingServer::with_listed_time(http::Identity identity, const Entry& file) const {
  identity.listed_time = access_.access->compared(file.modified);
  return identity;
}

Found ListingServer::listed(std::string url, const Entry& file) const {
  http::Identity identity;
  identity.size = file.size.value_or(ByteCount{});
  return Found(address(std::move(url)), with_listed_time(std::move(identity), file));
}

reactor::Task<Found> ListingServer::find(std::string url, Entry file) const {
  http::Address where = address(std::move(url));
  http::Identity identity = co_await client_.probe(where);
  co_return Found(std::move(where), with_listed_time(std::move(identity), file));
}

bool ListingServer::reports(const std::string& folder) {
  return reported_.size() < kMostReported && reported_.insert(folder).second;
}

reactor::Task<> ListingServer::close() {
  if (access_.login) {
    co_await access_.login->close();
  }
}

}  // namespace rimfs::catalog
