// SPDX-License-Identifier: MIT
#include "http/certificate_check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <charconv>
#include <ctime>

#include "base/error.h"

namespace rimfs::http {
namespace {

using SharedCheck = std::shared_ptr<CertificateCheck>;

void delete_check(void*, void* check, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<SharedCheck*>(check); }

/// The place of the check in an SSL_CTX, which deletes it when it is freed itself.
int check_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &delete_check);
  return index;
}

Fingerprint fingerprint_of(const X509* certificate, Fingerprint::Algorithm algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const EVP_MD* type = algorithm == Fingerprint::Algorithm::sha1 ? EVP_sha1() : EVP_sha256();
  if (X509_digest(certificate, type, digest.data(), &size) != 1) {
    throw Error(ErrorKind::system, "OpenSSL cannot compute a fingerprint");
  }
  Fingerprint result{algorithm, {}};
  for (unsigned i = 0; i < size; ++i) result.digits += fmt::format("{:02x}", digest[i]);
  return result;
}

std::string text_of(const ASN1_STRING* string) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, string);
  if (size < 0) return "";
  std::string result(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return result;
}

/// The common name; empty when there is none.
std::string common_name(const X509_NAME* name) {
  const int index = name ? X509_NAME_get_index_by_NID(name, NID_commonName, -1) : -1;
  return index < 0 ? "" : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
}

/// An alternative name of the certificate: a DNS name, an IP address, or empty for any other kind.
std::string text_of(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) return text_of(name.d.dNSName);
  if (name.type != GEN_IPADD) return "";
  char text[INET6_ADDRSTRLEN] = {};
  const int size = ASN1_STRING_length(name.d.iPAddress);
  if (size != 4 && size != 16) return "";
  const char* shown =
      ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name.d.iPAddress), text, sizeof text);
  return shown ? shown : "";
}

/// The names that the certificate is for: its alternative names or, when it has none, its common name.
std::vector<std::string> names_of(const X509* certificate) {
  struct Deleter {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  };
  const std::unique_ptr<GENERAL_NAMES, Deleter> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    std::string name = text_of(*sk_GENERAL_NAME_value(alternatives.get(), i));
    if (!name.empty()) names.push_back(std::move(name));
  }
  std::string subject = names.empty() ? common_name(X509_get_subject_name(certificate)) : "";
  if (!subject.empty()) names.push_back(std::move(subject));
  return names;
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown date";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

/// An IP address must be an alternative name; a DNS name follows RFC 6125, as in libcurl.
bool fits(X509* certificate, const std::string& host) {
  if (host.empty()) return false;
  in6_addr ignored{};
  if (::inet_pton(AF_INET, host.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1) {
    return X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
  }
  return X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

ChainFault chain_fault(int error) {
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return ChainFault::self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return ChainFault::unknown_authority;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return ChainFault::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return ChainFault::not_yet_valid;
    default:
      return ChainFault::other;
  }
}

/// What is found about a certificate whose chain was checked with the result `error` (X509_V_OK: it is right).
CertificateFindings describe(X509* certificate, const std::string& host, int error) {
  CertificateFindings found;
  found.host = host;
  found.sha1 = fingerprint_of(certificate, Fingerprint::Algorithm::sha1);
  found.sha256 = fingerprint_of(certificate, Fingerprint::Algorithm::sha256);
  found.names = names_of(certificate);
  found.issuer = common_name(X509_get_issuer_name(certificate));
  found.valid_from = date_of(X509_get0_notBefore(certificate));
  found.valid_until = date_of(X509_get0_notAfter(certificate));
  found.chain = error == X509_V_OK ? ChainFault::none : chain_fault(error);
  found.chain_text = X509_verify_cert_error_string(error);
  found.fits_host = fits(certificate, host);
  return found;
}

/// Checks the chain of `context`, which keeps the error.
CertificateFindings examine(X509_STORE_CTX* context, const std::string& host) {
  const bool chain_is_right = X509_verify_cert(context) == 1;
  const int told = X509_STORE_CTX_get_error(context);
  const int error = chain_is_right ? X509_V_OK : told == X509_V_OK ? X509_V_ERR_UNSPECIFIED : told;
  X509* certificate = X509_STORE_CTX_get0_cert(context);
  if (!certificate) throw Error(ErrorKind::system, "the server sent no certificate");
  return describe(certificate, host, error);
}

}  // namespace

/// The functions that OpenSSL calls. No exception may pass through its frames.
struct CertificateCheck::Callbacks {
  /// Returns 1 when the handshake may go on. In any other case it sets an error in `context`, because libcurl reads
  /// that error, too.
  static int verify(X509_STORE_CTX* context, void* self) {
    try {
      return decide(*static_cast<CertificateCheck*>(self), context) ? 1 : 0;
    } catch (...) {
      X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
      return 0;
    }
  }

 private:
  static bool decide(CertificateCheck& check, X509_STORE_CTX* context) {
    check.found_.reset();
    CertificateFindings found = examine(context, check.host_);
    const bool chain_is_right = found.chain == ChainFault::none;
    const bool accepted = check.pinned_.empty() ? chain_is_right : is_accepted(found, check.pinned_);
    if (accepted) {
      X509_STORE_CTX_set_error(context, X509_V_OK);
    } else if (chain_is_right) {
      X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
    }
    check.found_ = std::move(found);
    return accepted;
  }
};

void CertificateCheck::install(std::shared_ptr<CertificateCheck> check, void* ssl_context) {
  auto* const context = static_cast<SSL_CTX*>(ssl_context);
  CertificateCheck* const self = check.get();
  auto owner = std::make_unique<SharedCheck>(std::move(check));
  if (check_index() < 0 || SSL_CTX_set_ex_data(context, check_index(), owner.get()) != 1) {
    throw Error(ErrorKind::system, "OpenSSL has no memory for the check of certificates");
  }
  (void)owner.release();  // delete_check() deletes it with the context
  SSL_CTX_set_cert_verify_callback(context, &Callbacks::verify, self);
}

std::shared_ptr<const CertificateCheck> CertificateCheck::of_connection(void* ssl) {
  if (!ssl || check_index() < 0) return nullptr;
  const auto* const owner =
      static_cast<SharedCheck*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(static_cast<SSL*>(ssl)), check_index()));
  return owner ? *owner : nullptr;
}

TlsFacts tls_facts(void* ssl, const std::string& host) {
  auto* const connection = static_cast<SSL*>(ssl);
  TlsFacts facts{SSL_get_version(connection), std::nullopt};
  const auto check = CertificateCheck::of_connection(ssl);
  if (check && check->found()) {
    facts.certificate = check->found();
  } else if (X509* const certificate = SSL_get0_peer_certificate(connection)) {
    facts.certificate = describe(certificate, host, static_cast<int>(SSL_get_verify_result(connection)));
  }
  return facts;
}

bool is_tls_version_failure(std::string_view text) {
  constexpr std::string_view kBefore = "error:";
  const std::size_t at = text.find(kBefore);
  if (at == std::string_view::npos) return false;
  unsigned long code = 0;
  const char* const first = text.data() + at + kBefore.size();
  if (std::from_chars(first, text.data() + text.size(), code, 16).ec != std::errc()) return false;
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return false;
  const int reason = ERR_GET_REASON(code);
  return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION;
}

}  // namespace rimfs::http
