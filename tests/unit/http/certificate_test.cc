// SPDX-License-Identifier: MIT
#include "http/certificate.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "http/certificate_check.h"

using namespace rimfs::http;

namespace {

Fingerprint sha1(char digit) { return {Fingerprint::Algorithm::sha1, std::string(40, digit)}; }
Fingerprint sha256(char digit) { return {Fingerprint::Algorithm::sha256, std::string(64, digit)}; }

CertificateFindings findings(ChainFault chain, bool fits_host) {
  CertificateFindings found;
  found.host = "10.0.0.1";
  found.sha1 = sha1('a');
  found.sha256 = sha256('b');
  found.names = {"vcenter.local", "vc"};
  found.issuer = "Company CA";
  found.valid_from = "2020-01-31";
  found.valid_until = "2021-01-31";
  found.chain = chain;
  found.chain_text = "a words of OpenSSL";
  found.fits_host = fits_host;
  return found;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a certificate is accepted when chain and name are right, or when it is pinned") {
  const std::vector<Fingerprint> none, other = {sha256('c'), sha1('c')}, its_sha1 = {sha1('a')},
                                       its_sha256 = {sha256('c'), sha256('b')};
  constexpr ChainFault kFaults[] = {ChainFault::unknown_authority, ChainFault::self_signed, ChainFault::expired,
                                    ChainFault::not_yet_valid, ChainFault::other};
  struct Row {
    const std::vector<Fingerprint>* pinned;
    bool trusted, wrong_name, wrong_chain;  // whether it is accepted
  };
  const Row rows[] = {
      {&none, true, false, false},
      {&other, true, false, false},
      {&its_sha1, true, true, true},
      {&its_sha256, true, true, true},
  };
  for (const Row& row : rows) {
    CHECK(is_accepted(findings(ChainFault::none, true), *row.pinned) == row.trusted);
    CHECK(is_accepted(findings(ChainFault::none, false), *row.pinned) == row.wrong_name);
    for (const ChainFault fault : kFaults) {
      CHECK(is_accepted(findings(fault, true), *row.pinned) == row.wrong_chain);
      CHECK(is_accepted(findings(fault, false), *row.pinned) == row.wrong_chain);
    }
  }
}

TEST_CASE("the digits of one algorithm do not match those of the other") {
  CertificateFindings found = findings(ChainFault::self_signed, true);
  CHECK_FALSE(is_accepted(found, {Fingerprint{Fingerprint::Algorithm::sha1, found.sha256.digits}}));
  CHECK_FALSE(is_accepted(CertificateFindings{}, {}));
}

TEST_CASE("a refusal says what is wrong, shows the fingerprint, and says what to do") {
  struct Row {
    ChainFault chain;
    bool fits_host;
    std::vector<std::string> parts;
  };
  const Row rows[] = {
      {ChainFault::none, false, {"it is for 'vcenter.local', 'vc', not for '10.0.0.1'", "name in the URL"}},
      {ChainFault::unknown_authority, true, {"its authority 'Company CA' is unknown", "--ca-file"}},
      {ChainFault::unknown_authority, false, {"is unknown, and it is for 'vcenter.local'", "--ca-file"}},
      {ChainFault::self_signed, true, {"it is self-signed", "--ca-file"}},
      {ChainFault::expired, true, {"until 2021-01-31", "expired", "clock"}},
      {ChainFault::not_yet_valid, true, {"from 2020-01-31", "not valid yet", "clock"}},
      {ChainFault::other, true, {"a words of OpenSSL"}},
  };
  for (const Row& row : rows) {
    const std::string text = refusal(findings(row.chain, row.fits_host), {});
    CAPTURE(text);
    for (const std::string& part : row.parts) CHECK(contains(text, part));
    CHECK(contains(text, "--fingerprint " + show(sha256('b'))));
    CHECK(contains(text, "--insecure"));
  }
}

TEST_CASE("a refusal of a certificate that is not the pinned one shows both fingerprints") {
  const std::string text = refusal(findings(ChainFault::self_signed, true), {sha1('c')});
  CHECK(contains(text, show(sha1('c'))));
  CHECK(contains(text, show(sha1('a'))));
  CHECK(contains(text, show(sha256('b'))));
  CHECK(contains(text, "it is self-signed"));
  CHECK_FALSE(contains(refusal(findings(ChainFault::self_signed, true), {sha256('c')}), show(sha1('a'))));
}

TEST_CASE("names in a certificate are cut and made printable") {
  CertificateFindings found = findings(ChainFault::none, false);
  found.names = {"a\x1b[31m\n", std::string(10'000, 'x'), "c", "d", "e"};
  const std::string text = refusal(found, {});
  CHECK(contains(text, "and 2 more"));
  CHECK(text.find_first_of("\x1b\n") == std::string::npos);
  CHECK(text.size() < 1000);
  found.names.clear();
  CHECK(contains(refusal(found, {}), "it is for no server"));
}

TEST_CASE("a handshake without a common version of TLS is recognised by OpenSSL's codes") {
  CHECK(is_tls_version_failure("error:0A000102:SSL routines::unsupported protocol"));
  CHECK(is_tls_version_failure("OpenSSL/3.0.19: error:0A00042E:SSL routines::tlsv1 alert protocol version"));
  CHECK_FALSE(is_tls_version_failure("error:0A00010B:SSL routines::wrong version number"));
  CHECK_FALSE(is_tls_version_failure("error:0B000102:x509 routines::unsupported protocol"));
  CHECK_FALSE(is_tls_version_failure("error:"));
  CHECK_FALSE(is_tls_version_failure("OpenSSL SSL_connect: Connection reset by peer in connection to h:443"));
}
