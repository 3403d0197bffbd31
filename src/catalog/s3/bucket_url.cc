// SPDX-License-Identifier: MIT
#include "catalog/s3/bucket_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/ascii.h"
#include "base/error.h"
#include "base/split.h"
#include "http/url.h"

namespace rimfs::catalog::s3 {
namespace {

constexpr std::size_t kShortestBucket = 3;
constexpr std::size_t kLongestBucket = 255;  // of those that were made in us-east-1 before 2018
constexpr std::size_t kLongestLabel = 63;

/// The parts of AWS with names of their own: the beginning of their regions, and their domain.
struct Partition {
  std::string_view regions;
  std::string_view domain;
};
constexpr Partition kPartitions[] = {
    {"cn-", "amazonaws.com.cn"},    {"us-iso-", "c2s.ic.gov"},      {"us-isob-", "sc2s.sgov.gov"},
    {"eu-isoe-", "cloud.adc-e.uk"}, {"us-isof-", "csp.hci.ic.gov"}, {"eusc-", "amazonaws.eu"},
    {"", "amazonaws.com"},
};

/// Domains whose servers require the bucket in the host.
constexpr std::string_view kVirtualDomains[] = {".amazonaws.com",  ".amazonaws.com.cn", ".aliyuncs.com",
                                                ".myqcloud.com",   ".c2s.ic.gov",       ".sc2s.sgov.gov",
                                                ".cloud.adc-e.uk", ".csp.hci.ic.gov",   ".amazonaws.eu"};

bool is_name_of_bucket(std::string_view name) {
  return name.size() >= kShortestBucket && name.size() <= kLongestBucket &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

/// True for a bucket that can be a label of a host which a certificate for "*.HOST" covers.
bool is_label(std::string_view bucket) {
  const bool plain = std::all_of(bucket.begin(), bucket.end(),
                                 [](char c) { return is_digit(c) || c == '-' || (is_letter(c) && lower(c) == c); });
  return plain && bucket.size() <= kLongestLabel && bucket.front() != '-' && bucket.back() != '-';
}

bool requires_virtual(std::string_view host) {
  return std::any_of(std::begin(kVirtualDomains), std::end(kVirtualDomains),
                     [&](std::string_view domain) { return host.ends_with(domain); });
}

/// The endpoint without "/" at its end.
std::string checked_endpoint(const std::string& endpoint) {
  try {
    const http::UserUrl read = http::read_user_url(endpoint);
    const bool plain = http::is_web_url(endpoint) && !read.user && read.url.find('?') == std::string::npos;
    if (plain) return std::string(trimmed_end(read.url, "/"));
  } catch (const Error&) {
    // The text is not shown, because it may hold a password.
  }
  throw Error(ErrorKind::misuse, "the S3 endpoint is no URL of a server; write s3-endpoint: https://HOST[:PORT]");
}

}  // namespace

Place read_place(std::string_view folder) {
  const std::size_t slash = std::min(folder.find('/'), folder.size());
  Place place{std::string(folder.substr(0, slash)), {}};
  if (!is_name_of_bucket(place.bucket)) {
    throw Error(ErrorKind::misuse, fmt::format("'{}' is no name of a bucket; write s3://BUCKET/PREFIX/ or "
                                               "s3://BUCKET/KEY, and name a server with --s3-endpoint",
                                               place.bucket));
  }
  place.key = http::percent_decode(folder.substr(std::min(slash + 1, folder.size())));
  return place;
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

std::string region_in(const std::string& endpoint) {
  std::string host;
  try {
    host = lower(http::host_in_certificate(endpoint));
  } catch (const Error&) {
    return {};
  }
  std::vector<std::string> labels;
  for (const std::string_view label : split(host, '.')) labels.emplace_back(label);
  const auto s3 = std::find(labels.begin(), labels.end(), "s3");
  const bool names_one = labels.end() - s3 > 3 && (s3 + 1)->find('-') != std::string::npos;
  return names_one ? *(s3 + 1) : std::string();
}

std::string aws_endpoint(std::string_view service, std::string_view region) {
  const auto* const partition = std::find_if(std::begin(kPartitions), std::end(kPartitions),
                                             [&](const Partition& one) { return region.starts_with(one.regions); });
  return fmt::format("https://{}.{}.{}", service, region, partition->domain);
}

std::string bucket_url(const Options& options, std::string_view region, std::string_view bucket) {
  const std::string endpoint =
      options.endpoint.empty() ? aws_endpoint("s3", region) : checked_endpoint(options.endpoint);
  const std::size_t host = endpoint.find("://") + 3;
  const bool automatic =
      options.style == Style::automatic && is_label(bucket) && requires_virtual(http::host_in_certificate(endpoint));
  if (options.style != Style::virtual_ && !automatic) return fmt::format("{}/{}/", endpoint, bucket);
  return fmt::format("{}{}.{}/", endpoint.substr(0, host), bucket, endpoint.substr(host));
}

std::string object_url(const std::string& bucket, std::string_view key) {
  return bucket + http::percent_encode(key, "/");
}

}  // namespace rimfs::catalog::s3
