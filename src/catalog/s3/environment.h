// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "catalog/environment.h"
#include "catalog/source.h"

namespace rimfs::catalog::s3 {

/// Completes an S3 source from the variables and the configuration files that the AWS SDKs read, and sets its URL.
/// Returns the names of the variables that were used. Throws Error{misuse} for settings that cannot be used together
/// and for a profile that is named and not there; messages contain no secret. Reads files.
///
/// A setting comes before a variable, and a variable before the profile: s3-endpoint, AWS_ENDPOINT_URL_S3,
/// AWS_ENDPOINT_URL, endpoint_url; s3-region, AWS_REGION, AWS_DEFAULT_REGION, region. Where credentials come from:
/// credential_chain.h. A user and password of the source are an access key and its secret. Keys in variables are not
/// used when s3-profile names a profile.
/// Source: docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
std::vector<std::string> defaults_from_environment(Source& source, bool trust_is_set, Environment& environment);

}  // namespace rimfs::catalog::s3
