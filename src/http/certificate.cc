// SPDX-License-Identifier: MIT
#include "http/certificate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/printable.h"

namespace rimfs::http {
namespace {

/// A certificate may have thousands of names, and names of any length.
constexpr std::size_t kMostShown = 3;
constexpr std::size_t kLongestShown = 100;

std::string quoted(std::string_view foreign) { return fmt::format("'{}'", printable(foreign, kLongestShown)); }

std::string shown_names(const std::vector<std::string>& names) {
  if (names.empty()) return "no server";
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() < kMostShown) shown.push_back(quoted(name));
  }
  const std::size_t left = names.size() - shown.size();
  return fmt::format("{}{}", fmt::join(shown, ", "), left > 0 ? fmt::format(" and {} more", left) : "");
}

std::string chain_words(const CertificateFindings& found) {
  switch (found.chain) {
    case ChainFault::none:
      return "";
    case ChainFault::unknown_authority:
      return found.issuer.empty() ? "its authority is unknown"
                                  : fmt::format("its authority {} is unknown", quoted(found.issuer));
    case ChainFault::self_signed:
      return "it is self-signed";
    case ChainFault::expired:
      return fmt::format("it is valid from {} until {}: it, or its authority, has expired", found.valid_from,
                         found.valid_until);
    case ChainFault::not_yet_valid:
      return fmt::format("it is valid from {} until {}: it, or its authority, is not valid yet", found.valid_from,
                         found.valid_until);
    case ChainFault::other:
      return printable(found.chain_text, kLongestShown);
  }
  return "";
}

/// What is wrong, without fingerprints.
std::string fault_words(const CertificateFindings& found) {
  std::string chain = chain_words(found);
  if (found.fits_host) return chain;
  const std::string name = fmt::format("it is for {}, not for {}", shown_names(found.names), quoted(found.host));
  return chain.empty() ? name : chain + ", and " + name;
}

/// What to do besides comparing the fingerprint.
std::string advice(const CertificateFindings& found) {
  switch (found.chain) {
    case ChainFault::none:
      return "use the certificate's name in the URL (--resolve gives it an address)";
    case ChainFault::expired:
    case ChainFault::not_yet_valid:
      return "check this machine's clock, or renew the certificate";
    case ChainFault::unknown_authority:
    case ChainFault::self_signed:
    case ChainFault::other:
      break;
  }
  std::string authority = "name the server's certificate authority with --ca-file";
  if (found.fits_host) return authority;
  return authority + ", and use the certificate's name in the URL (--resolve gives it an address)";
}

/// The certificate's own fingerprints of the algorithms in `pinned`, and the pinned ones.
std::string mismatch(const CertificateFindings& found, const std::vector<Fingerprint>& pinned) {
  const bool has_sha1 = std::any_of(pinned.begin(), pinned.end(), [](const Fingerprint& one) {
    return one.algorithm == Fingerprint::Algorithm::sha1;
  });
  std::vector<std::string> given;
  for (const Fingerprint& one : pinned) {
    if (given.size() < kMostShown) given.push_back(show(one));
  }
  const std::size_t left = pinned.size() - given.size();
  return fmt::format("its fingerprint {}{} is none of those given: {}{}", show(found.sha256),
                     has_sha1 ? fmt::format(" ({})", show(found.sha1)) : "", fmt::join(given, ", "),
                     left > 0 ? fmt::format(" and {} more", left) : "");
}

}  // namespace

bool is_accepted(const CertificateFindings& found, const std::vector<Fingerprint>& pinned) {
  if (found.is_trusted()) return true;
  return std::any_of(pinned.begin(), pinned.end(),
                     [&](const Fingerprint& one) { return one == found.sha256 || one == found.sha1; });
}

std::string refusal(const CertificateFindings& found, const std::vector<Fingerprint>& pinned) {
  if (!pinned.empty()) {
    return fmt::format(
        "{}, and {}; if the server has a new certificate, compare its fingerprint on the server and give "
        "the new one with --fingerprint, or {}",
        mismatch(found, pinned), fault_words(found), advice(found));
  }
  return fmt::format(
      "{}; {}, or compare its fingerprint on the server and give --fingerprint {}, or accept any "
      "certificate with --insecure",
      fault_words(found), advice(found), show(found.sha256));
}

}  // namespace rimfs::http
