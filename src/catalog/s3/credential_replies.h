// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/s3/options.h"

namespace rimfs::catalog::s3 {

/// A key and how long it can be used. A value; holds secrets.
struct Lease {
  Key key;
  std::optional<std::int64_t> expires;  ///< Seconds since 1970; nothing: it does not expire, or nobody says when.
};

/// The time in an answer, such as "2024-02-03T04:05:06Z" or "2024-02-03T04:05:06.123+01:00", in seconds since 1970.
/// Nothing for another text. Pure.
std::optional<std::int64_t> expiration_of(const std::string& text);

/// Reads the JSON of a container's or an instance's credentials, and that of a credential_process (`token`:
/// "SessionToken"; of the others "Token"). Throws Error{denied} that says what is missing, without any of its text.
/// Pure.
/// Source: docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html, feature-container-credentials.html
Lease read_json_lease(const std::string& json, const std::string& token);

/// Reads the answer of STS to AssumeRole and AssumeRoleWithWebIdentity. Throws Error{denied} in the same way. Pure.
/// Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
Lease read_sts_lease(std::string_view xml);

/// When a lease that is taken now is renewed, in seconds from now: five minutes before its end, or a quarter of its
/// time if that is less; not before ten seconds. Nothing when it does not expire. Pure.
std::optional<std::int64_t> seconds_to_renewal(const Lease& lease, std::int64_t now);

}  // namespace rimfs::catalog::s3
