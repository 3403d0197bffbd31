// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/s3/options.h"

namespace rimfs::catalog::s3 {

/// What "s3://BUCKET/KEY" names. A value.
struct Place {
  std::string bucket;
  std::string key;  ///< Decoded; of a folder it ends with "/", and the whole bucket has none.
};

/// Reads Source::folder of an S3 source: the bucket, then the encoded path. Throws Error{misuse} for what cannot be the
/// name of a bucket (3 to 255 letters, digits, ".", "-" and "_"). Pure.
Place read_place(std::string_view folder);

/// The regions that name a part of AWS's addresses have letters, digits and "-" only. Pure.
bool is_region(std::string_view text);

/// The region that the host of an endpoint names ("s3.eu-west-1.amazonaws.com", "s3.fr-par.scw.cloud"); empty when it
/// names none. Pure.
std::string region_in(const std::string& endpoint);

/// The URL of AWS's S3 in a region. Pure.
/// Source: docs.aws.amazon.com/general/latest/gr/s3.html; botocore's partitions.json
std::string aws_endpoint(std::string_view service, std::string_view region);

/// The URL of the bucket, ending with "/". With an empty `options.endpoint` it is AWS's in `region`.
///
/// Style::automatic: the bucket is in the host at services that require it (AWS, Alibaba, Tencent), because AWS serves
/// buckets that were made after 2020 so; everywhere else in the path, because a server of one's own has no names for
/// its buckets. A name with dots or capital letters always goes into the path: the certificate "*.HOST" has one label,
/// and a host has no capital letters. Throws Error{misuse} for an endpoint that is no http or https URL. Pure.
std::string bucket_url(const Options& options, std::string_view region, std::string_view bucket);

/// The URL of an object. `bucket`: as bucket_url() returns it. Pure.
std::string object_url(const std::string& bucket, std::string_view key);

}  // namespace rimfs::catalog::s3
