// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/environment.h"
#include "catalog/source.h"
#include "http/fingerprint.h"

namespace rimfs::catalog::vsphere {

/// Fills in what the settings of a vSphere source leave open, from the variables of govc (README.md of govmomi's govc).
/// Returns the names of the variables that were used. Throws Error{misuse} for a variable that cannot be used, but an
/// invalid GOVC_URL counts as not set; messages contain no secret. Reads files.
///
/// User, password and GOVC_INSECURE are used only when GOVC_URL names the source's server (scheme https, host and
/// port): a password never goes to another server. GOVC_TLS_KNOWN_HOSTS has a host in each line. GOVC_TLS_CA_CERTS is
/// used for every vSphere source, as in govc. `trust_is_set`: the settings determine how the certificate is checked, so
/// no variable for it is used. A known fingerprint takes precedence over GOVC_INSECURE.
std::vector<std::string> defaults_from_environment(Source& source, bool trust_is_set, Environment& environment);

/// The fingerprints of `server` ("HOST:PORT", lower case) in the text of a file for GOVC_TLS_KNOWN_HOSTS: lines
/// "HOST[:PORT] THUMBPRINT", where the port is 443 unless given. Other lines are ignored. Returns nullopt when a line
/// of this server has no valid thumbprint. Pure.
std::optional<std::vector<http::Fingerprint>> known_fingerprints(std::string_view text, std::string_view server);

}  // namespace rimfs::catalog::vsphere
