// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rimfs::http {

/// The hash of a certificate (its DER form), which tools also call its thumbprint. A plain value.
struct Fingerprint {
  enum class Algorithm { sha1, sha256 };

  Algorithm algorithm = Algorithm::sha256;
  std::string digits;  ///< Hexadecimal, lower case, without separators: 40 or 64 digits.
  bool operator==(const Fingerprint&) const = default;
};

/// Reads a fingerprint in any notation that tools print. The number of digits selects the algorithm: 40 for SHA-1, 64
/// for SHA-256. Digits may have either case; a colon or a blank may stand between all bytes. A name of the algorithm
/// may precede them ("sha1:", "SHA-256:", "sha256 Fingerprint=", "SHA-1 thumbprint:"); it must fit the number of
/// digits. Returns nullopt for any other text. Pure. Sources: openssl-x509(1), -fingerprint; the output of govc
/// about.cert; certificate dialogs of vSphere and Windows.
std::optional<Fingerprint> read_fingerprint(std::string_view text);

/// The notation for messages, which read_fingerprint() reads: "sha256:AA:BB:...". Pure.
std::string show(const Fingerprint& fingerprint);

}  // namespace rimfs::http
