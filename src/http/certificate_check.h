// SPDX-License-Identifier: MIT
// Checks of server certificates inside OpenSSL's handshake; certificate_check.cc is the only file that includes
// OpenSSL's TLS. libcurl has no option for the fingerprint of a certificate, and does not report the certificate that
// it refuses.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange_record.h"

namespace rimfs::http {

/// The check of the certificates of one connection. The connection owns it, together with the request that made the
/// connection: a server may send its certificate again after that request has ended (renegotiation in TLS 1.2). Reactor
/// only.
///
/// Without pinned fingerprints, OpenSSL's check of the chain decides in the handshake, and libcurl checks the name
/// after it (CURLOPT_SSL_VERIFYHOST); this class only keeps what was found, for the message. With pinned fingerprints,
/// is_accepted() decides in the handshake, including the name, because libcurl would refuse the name of a pinned
/// certificate. In both cases a failed check ends the handshake.
class CertificateCheck {
 public:
  /// `host`: see host_in_certificate().
  CertificateCheck(std::string host, std::vector<Fingerprint> pinned)
      : host_(std::move(host)), pinned_(std::move(pinned)) {}

  /// Installs the check in an SSL_CTX, before its connection is made. Throws Error{system}.
  static void install(std::shared_ptr<CertificateCheck> check, void* ssl_context);
  /// The check that was installed for the connection of an SSL; null when there is none.
  static std::shared_ptr<const CertificateCheck> of_connection(void* ssl);

  /// The last certificate of the connection; nothing before the server sent one, and after a resumed session.
  const std::optional<CertificateFindings>& found() const { return found_; }

 private:
  struct Callbacks;

  const std::string host_;
  const std::vector<Fingerprint> pinned_;
  std::optional<CertificateFindings> found_;
};

/// The version and the server's certificate of the connection of an SSL, whether the certificate was checked or not.
/// `host`: see host_in_certificate(). Throws Error{system}.
TlsFacts tls_facts(void* ssl, const std::string& host);

/// True for libcurl's text about a handshake that failed because client and server have no TLS version in common. Pure.
/// Source: libcurl's ossl_strerror(), "error:0A000102:SSL routines::unsupported protocol".
bool is_tls_version_failure(std::string_view text);

}  // namespace rimfs::http
