// SPDX-License-Identifier: MIT
// The decision about a server's certificate, and its message. http/certificate_check.h makes the findings.
#pragma once

#include <string>
#include <vector>

#include "http/fingerprint.h"

namespace rimfs::http {

/// The result of the check of a certificate's chain up to an authority that is trusted.
enum class ChainFault { none, unknown_authority, self_signed, expired, not_yet_valid, other };

/// What was found about the certificate of a server (the leaf of its chain). A plain value. Texts are the server's:
/// refusal() makes them printable.
struct CertificateFindings {
  std::string host;  ///< The name or IP address that the certificate must have.
  Fingerprint sha1;
  Fingerprint sha256;
  std::vector<std::string> names;  ///< The DNS names and IP addresses that the certificate is for.
  std::string issuer;              ///< The common name of its issuer; may be empty.
  std::string valid_from;          ///< A date, "2024-01-31".
  std::string valid_until;
  ChainFault chain = ChainFault::other;
  std::string chain_text;  ///< OpenSSL's words for `chain`.
  bool fits_host = false;

  /// True when chain and name are right.
  bool is_trusted() const { return chain == ChainFault::none && fits_host; }
};

/// The rule for every connection whose certificate is checked: chain and name are right, or the certificate has one of
/// the `pinned` fingerprints. A pinned fingerprint replaces both checks, including that of the dates. Pure.
bool is_accepted(const CertificateFindings& found, const std::vector<Fingerprint>& pinned);

/// Why a certificate is not accepted, its fingerprints, and what to do. Completes "the server's certificate is not
/// accepted: ". Pure.
std::string refusal(const CertificateFindings& found, const std::vector<Fingerprint>& pinned);

}  // namespace rimfs::http
