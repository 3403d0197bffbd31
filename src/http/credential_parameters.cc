// SPDX-License-Identifier: MIT
#include "http/credential_parameters.h"

#include <algorithm>
#include <vector>

#include "base/ascii.h"
#include "base/split.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

/// The parameters of one signing or authorisation scheme. They apply only when all of `markers` are present, which the
/// scheme never omits: "?keyname=a" alone selects a file.
struct Scheme {
  std::vector<std::string_view> markers;  ///< Lower case; empty when each name is unambiguous by itself.
  std::vector<std::string_view> names;    ///< Lower case, including the markers.
};

/// The table of credentials in queries. Names are compared as a whole, without case. A parameter in no row selects the
/// resource; at worst a renewed credential then changes the identity, and bytes are fetched again.
const std::vector<Scheme>& schemes() {
  static const std::vector<Scheme> all = {
      // AWS Signature Version 4: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html. Also MinIO, R2.
      // Other names with x-amz-, such as x-amz-copy-source, select the content of the reply.
      {{"x-amz-signature"},
       {"x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
        "x-amz-security-token", "x-amz-s3session-token"}},
      // AWS Signature Version 2: docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
      {{"awsaccesskeyid", "signature", "expires"}, {"awsaccesskeyid", "signature", "expires", "x-amz-security-token"}},
      // Azure SAS: learn.microsoft.com/rest/api/storageservices/create-service-sas, create-user-delegation-sas and
      // create-account-sas. "snapshot" and "versionid" select the blob and are not credentials.
      {{"sv", "sr", "sig"}, {"sv",    "sr",    "st",     "se",      "sp",   "sip",  "spr",  "si",    "sig",
                             "skoid", "sktid", "skt",    "ske",     "sks",  "skv",  "sdd",  "saoid", "suoid",
                             "scid",  "ses",   "sduoid", "skdutid", "rscc", "rscd", "rsce", "rscl",  "rsct"}},
      {{"sv", "ss", "srt", "sp", "se", "sig"}, {"sv", "ss", "srt", "st", "se", "sp", "sip", "spr", "sig", "ses"}},
      // Google Cloud Storage V4 and V2: cloud.google.com/storage/docs/authentication/signatures
      {{"x-goog-signature"},
       {"x-goog-signature", "x-goog-algorithm", "x-goog-credential", "x-goog-date", "x-goog-expires",
        "x-goog-signedheaders"}},
      {{"googleaccessid", "signature", "expires"}, {"googleaccessid", "signature", "expires"}},
      // CloudFront: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html. A
      // canned policy has an expiry; a custom policy is sent in the query.
      {{"key-pair-id", "signature", "expires"}, {"key-pair-id", "signature", "expires", "hash-algorithm"}},
      {{"key-pair-id", "signature", "policy"}, {"key-pair-id", "signature", "policy", "expires", "hash-algorithm"}},
      // Cloud CDN: cloud.google.com/cdn/docs/using-signed-urls
      {{"keyname", "signature", "expires"}, {"keyname", "signature", "expires", "urlprefix"}},
      // Alibaba OSS V1 and V4: www.alibabacloud.com/help/oss/developer-reference/ddd-signatures-to-urls
      {{"ossaccesskeyid", "signature", "expires"}, {"ossaccesskeyid", "signature", "expires", "security-token"}},
      {{"x-oss-signature", "x-oss-credential"},
       {"x-oss-signature", "x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-expires",
        "x-oss-security-token", "x-oss-additional-headers"}},
      // Tencent COS: cloud.tencent.com/document/product/436/7778
      {{"q-sign-algorithm", "q-ak", "q-signature"},
       {"q-sign-algorithm", "q-ak", "q-signature", "q-sign-time", "q-key-time", "q-header-list", "q-url-param-list",
        "x-cos-security-token"}},
      // OpenStack Swift: docs.openstack.org/swift/latest/api/temporary_url_middleware.html
      {{"temp_url_sig", "temp_url_expires"},
       {"temp_url_sig", "temp_url_expires", "temp_url_prefix", "temp_url_ip_range"}},
      // nginx secure_link: nginx.org/en/docs/http/ngx_http_secure_link_module.html
      {{"md5", "expires"}, {"md5", "expires"}},
      // Akamai: techdocs.akamai.com/property-mgr/docs/auth-token-2-0-ver
      {{}, {"hdnts", "hdnea", "__token__"}},
      // Bunny: docs.bunny.net/docs/cdn-token-authentication-basic
      {{"token", "expires"}, {"token", "expires", "token_path"}},
      // OAuth: RFC 6750, section 2.3; OpenID Connect Core, section 3.2.2.5
      {{}, {"access_token", "id_token", "refresh_token", "client_secret"}},
      // GitLab: docs.gitlab.com/ee/api/rest/authentication.html
      {{}, {"private_token", "job_token"}},
      // Names that programs use only for credentials, without a scheme.
      {{},
       {"token", "auth_token", "authtoken", "api_token", "session_token", "authorization", "jwt", "password", "passwd",
        "api_key", "apikey", "api-key"}},
  };
  return all;
}

/// A parameter "name=value" and its decoded name in lower case.
struct Piece {
  std::string_view text;
  std::string name;
};

std::vector<Piece> pieces_of(std::string_view query) {
  std::vector<Piece> pieces;
  for (const std::string_view text : split(query, '&')) {
    pieces.push_back({text, lower(percent_decode(text.substr(0, text.find('='))))});
  }
  return pieces;
}

bool has(const std::vector<Piece>& pieces, std::string_view name) {
  return std::any_of(pieces.begin(), pieces.end(), [name](const Piece& piece) { return piece.name == name; });
}

bool is_used(const Scheme& scheme, const std::vector<Piece>& pieces) {
  return std::all_of(scheme.markers.begin(), scheme.markers.end(),
                     [&pieces](std::string_view marker) { return has(pieces, marker); });
}

/// True when all servers parse the piece as one parameter with a value. Some also separate parameters at ";", as HTML 4
/// recommended (appendix B.2.2), and some decode before they separate: "token=x;id=1" selects a file.
bool is_one_parameter(const Piece& piece) {
  if (piece.text.find('=') == std::string_view::npos) return false;
  return percent_decode(piece.text).find_first_of(";&?#") == std::string::npos;
}

bool is_credential(const Piece& piece, const std::vector<const Scheme*>& used) {
  return is_one_parameter(piece) && std::any_of(used.begin(), used.end(), [&piece](const Scheme* scheme) {
           return std::find(scheme->names.begin(), scheme->names.end(), piece.name) != scheme->names.end();
         });
}

}  // namespace

SplitQuery split_query(std::string_view query) {
  const std::vector<Piece> pieces = pieces_of(query);
  std::vector<const Scheme*> used;
  for (const Scheme& scheme : schemes()) {
    if (is_used(scheme, pieces)) used.push_back(&scheme);
  }
  SplitQuery split;
  for (const Piece& piece : pieces) {
    std::string& part = is_credential(piece, used) ? split.credentials : split.plain;
    if (!part.empty()) part += '&';
    part += piece.text;
  }
  return split;
}

}  // namespace rimfs::http
