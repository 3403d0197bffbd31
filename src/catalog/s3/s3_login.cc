// SPDX-License-Identifier: MIT
#include "catalog/s3/s3_login.h"

#include <fmt/format.h>

#include "catalog/s3/bucket_url.h"
#include "catalog/s3/refusals.h"
#include "http/http_date.h"
#include "http/outcome.h"
#include "http/url.h"

namespace rimfs::catalog::s3 {
namespace {

constexpr const char* kUsualRegion = "us-east-1";
/// A server tolerates 15 minutes; a smaller difference is not the reason of a refusal.
constexpr std::chrono::seconds kTolerated{60};

/// When nothing was found, a service may have been starting.
constexpr std::chrono::minutes kLookAgain{5};

std::chrono::seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

S3Login::S3Login(Options options, std::string bucket, std::string url, const http::ServerAccess& access,
                 reactor::EventLoop& loop, http::Client& client, reactor::Offload& pool, Log& log)
    : Login(loop),
      options_(std::move(options)),
      bucket_(std::move(bucket)),
      url_(std::move(url)),
      log_(log),
      chain_(options_, access, loop, client, pool),
      region_(options_.region.empty() ? kUsualRegion : options_.region) {}

reactor::Task<http::Login::Credentials> S3Login::fetch() {
  std::optional<CredentialChain::Found> found;
  try {
    found = co_await chain_.find();
  } catch (const Error& error) {
    throw error.within(fmt::format("no credentials for s3://{}", bucket_));
  }
  // A service that is slow to answer is not one that has none any more.
  if (!found && !key_.empty()) {
    throw Error(
        ErrorKind::unreachable,
        fmt::format("s3://{}: no credentials are found any more; the last ones are used as long as they are valid",
                    bucket_));
  }
  if (!found && !options_.anonymous) renew_at(loop().now() + kLookAgain);
  const std::string origin = found ? found->origin : "nowhere: requests are not signed";
  if (origin != origin_ && !options_.anonymous) log_.info("s3://{}: credentials from {}", bucket_, origin);
  origin_ = origin;
  key_ = found ? std::move(found->lease.key) : Key();
  if (const auto wait = found ? seconds_to_renewal(found->lease, now().count()) : std::nullopt) {
    renew_at(loop().now() + std::chrono::seconds(*wait));
  }
  co_return made();
}

http::Login::Credentials S3Login::made() const {
  S3Signer::Terms terms{key_, {region_, "s3"}, ahead_, url_, bucket_url(options_, region_, bucket_)};
  Credentials credentials;
  credentials.signer = std::make_shared<const S3Signer>(std::move(terms));
  return credentials;
}

/// Another request may have learned it meanwhile.
bool S3Login::correct(const http::Outcome& refused, std::uint64_t shown, const std::string& url) {
  // A mirror may be another bucket, whose region is its own.
  const bool of_bucket = url.starts_with(url_) || url.starts_with(bucket_url(options_, region_, bucket_));
  if (!of_bucket) return false;
  if (version() != shown) return true;
  const S3Error error = read_error(refused.refusal);
  std::string region = error.region.empty() ? refused.head.bucket_region : error.region;
  if (region.empty() && !error.endpoint.empty()) region = region_in("https://" + error.endpoint);
  const bool learned = error.code == "RequestTimeTooSkewed" ? learn_clock(refused) : learn_region(region);
  if (learned) replace(made());
  return learned;
}

bool S3Login::learn_region(const std::string& region) {
  if (region == region_ || !is_region(region)) return false;
  log_.info("s3://{}: the bucket is in the region {}", bucket_, region);
  region_ = region;
  return true;
}

bool S3Login::learn_clock(const http::Outcome& refused) {
  auto server = http::parse_date(refused.head.date);
  if (!server) server = expiration_of(read_error(refused.refusal).time);
  if (!server) return false;
  const std::chrono::seconds ahead = std::chrono::seconds(*server) - now();
  if (std::chrono::abs(ahead - ahead_) < kTolerated) return false;
  log_.warning("s3://{}: the clock of this machine differs from the server's by {} s; set it", bucket_, ahead.count());
  ahead_ = ahead;
  return true;
}

}  // namespace rimfs::catalog::s3
