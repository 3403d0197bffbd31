// SPDX-License-Identifier: MIT
#include "catalog/s3/s3_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "catalog/s3/bucket_tree.h"
#include "catalog/s3/bucket_url.h"
#include "catalog/s3/environment.h"
#include "catalog/s3/refusals.h"
#include "catalog/s3/s3_login.h"
#include "http/url.h"

namespace rimfs::catalog::s3 {
namespace {

/// The URL is completed when the endpoint is known (environment.h).
WebAddress locate(std::string_view authority, std::string_view path) {
  return {fmt::format("https://{}.s3.amazonaws.com{}", authority, path), fmt::format("{}{}", authority, path)};
}

constexpr SourceKind kObject = {.is_folder = false, .defaults_from_environment = defaults_from_environment};

constexpr std::array<SourceKind, 1> kKinds = {{
    {.is_folder = true,
     .scheme = "s3",
     .url_form = "s3://BUCKET/[PREFIX/|KEY]",
     .value_form = "BUCKET[/PREFIX/|/KEY]",
     .help = "an S3 bucket, what is below a prefix that ends with /, or one object; credentials are found as the AWS "
             "SDKs find them; see s3-endpoint for servers other than AWS",
     .names_host = false,
     .locate = locate,
     .file_kind = &kObject,
     .defaults_from_environment = defaults_from_environment},
}};

/// Each source has a login of its own, because a region is a bucket's.
class Builder final : public SourceBuilder {
 public:
  explicit Builder(Services services) : services_(services) {}

  std::optional<Access> log_in(const Source& source) override {
    if (!is_s3(source)) return std::nullopt;
    auto access = std::make_shared<http::ServerAccess>(source.access);
    access->origins = {http::origin_of(source.url)};
    for (const std::string& mirror : source.mirrors) access->origins.push_back(http::origin_of(mirror));
    access->server_kinds = {&kServerKind, 1};
    const Place place = read_place(source.folder);
    auto login = std::make_shared<S3Login>(source.s3, place.bucket, bucket_of(source, place), *access, services_.loop,
                                           services_.client, services_.pool, services_.log);
    return Access{std::move(access), std::move(login)};
  }

  std::shared_ptr<Tree> tree_of(const Source& source, const Access& access) override {
    if (!source.kind->is_folder) return nullptr;
    const Place place = read_place(source.folder);
    return std::make_shared<BucketTree>(ListingServer(bucket_of(source, place), access, services_), place.key);
  }

 private:
  /// The bucket's URL when the source was made.
  static std::string bucket_of(const Source& source, const Place& place) {
    return source.url.substr(0, source.url.size() - object_url("", place.key).size());
  }

  Services services_;
};

std::unique_ptr<SourceBuilder> make_builder(Services services) { return std::make_unique<Builder>(services); }

}  // namespace

constinit const SourceModule kModule = {kKinds, make_builder};

bool is_s3(const Source& source) { return source.kind == kKinds.data() || source.kind == &kObject; }

}  // namespace rimfs::catalog::s3
