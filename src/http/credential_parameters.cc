// SPDX-License-Identifier: MIT
#include "http/credential_parameters.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "http/url.h"

namespace rimfs::http {
namespace {

/// Parameters of one way to sign or to let in. A name that ends with "*" stands for all that begin so. Short and common
/// names count only beside a `marker`, a parameter that the scheme never omits: "?sr=1" alone chooses a file.
struct Scheme {
  std::string_view marker;  ///< Lower case; empty: each name is telling by itself.
  std::vector<std::string_view> names;
};

/// The one table of credentials in queries, in lower case; names are compared without case.
const std::vector<Scheme>& schemes() {
  static const std::vector<Scheme> all = {
      // AWS Signature Version 4: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html. Also MinIO, R2.
      {"", {"x-amz-*"}},
      // AWS Signature Version 2: docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html
      {"awsaccesskeyid", {"awsaccesskeyid", "signature", "expires"}},
      // Azure SAS: learn.microsoft.com/rest/api/storageservices/create-service-sas, create-user-delegation-sas and
      // create-account-sas. "snapshot" and "versionid" choose the blob and are none.
      {"sig", {"sv",   "ss",    "srt",    "sr",      "st",   "se",   "sp",   "sip",  "spr",   "si",
               "sig",  "skoid", "sktid",  "skt",     "ske",  "sks",  "skv",  "sdd",  "saoid", "suoid",
               "scid", "ses",   "sduoid", "skdutid", "rscc", "rscd", "rsce", "rscl", "rsct"}},
      // Google Cloud Storage V4 and V2: cloud.google.com/storage/docs/authentication/signatures
      {"", {"x-goog-*"}},
      {"googleaccessid", {"googleaccessid", "signature", "expires"}},
      // CloudFront: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
      {"key-pair-id", {"key-pair-id", "signature", "expires", "policy", "hash-algorithm"}},
      // Cloud CDN: cloud.google.com/cdn/docs/using-signed-urls
      {"keyname", {"keyname", "signature", "expires", "urlprefix"}},
      // Alibaba OSS V1 and V4: www.alibabacloud.com/help/oss/developer-reference/ddd-signatures-to-urls
      {"ossaccesskeyid", {"ossaccesskeyid", "signature", "expires", "security-token"}},
      {"x-oss-signature",
       {"x-oss-signature*", "x-oss-credential", "x-oss-date", "x-oss-expires", "x-oss-security-token"}},
      // Tencent COS: cloud.tencent.com/document/product/436/7778
      {"q-signature", {"q-*", "x-cos-security-token"}},
      // OpenStack Swift: docs.openstack.org/swift/latest/api/temporary_url_middleware.html
      {"temp_url_sig", {"temp_url_*"}},
      // nginx secure_link: nginx.org/en/docs/http/ngx_http_secure_link_module.html
      {"md5", {"md5", "expires"}},
      // Akamai: techdocs.akamai.com/property-mgr/docs/auth-token-2-0-ver
      {"", {"hdnts", "hdnea", "__token__"}},
      // Bunny: docs.bunny.net/docs/cdn-token-authentication-basic
      {"token", {"token", "expires", "token_path"}},
      // OAuth: RFC 6750, section 2.3; OpenID Connect Core, section 3.2.2.5
      {"", {"access_token", "id_token", "refresh_token"}},
      // GitLab: docs.gitlab.com/ee/api/rest/authentication.html
      {"", {"private_token", "job_token"}},
      // No scheme, but what programs commonly call a credential.
      {"", {"token",     "auth",          "auth_token",    "authtoken", "authorization", "jwt",
            "sig",       "signature",     "hmac",          "password",  "passwd",        "pwd",
            "secret",    "client_secret", "api_key",       "apikey",    "api-key",       "api_token",
            "sessionid", "session_id",    "session_token", "sas",       "credential",    "credentials"}},
  };
  return all;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

/// "name=value" with the decoded name in lower case beside it.
struct Piece {
  std::string_view text;
  std::string name;
};

std::vector<Piece> pieces_of(std::string_view query) {
  std::vector<Piece> pieces;
  while (!query.empty()) {
    const std::string_view text = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(text.size() + 1, query.size()));
    pieces.push_back({text, lower(percent_decode(text.substr(0, text.find('='))))});
  }
  return pieces;
}

bool has(const std::vector<Piece>& pieces, std::string_view name) {
  return std::any_of(pieces.begin(), pieces.end(), [name](const Piece& piece) { return piece.name == name; });
}

bool is_credential(std::string_view name, const std::vector<const Scheme*>& used) {
  return std::any_of(used.begin(), used.end(), [name](const Scheme* scheme) {
    return std::any_of(scheme->names.begin(), scheme->names.end(),
                       [name](std::string_view pattern) { return matches(name, pattern); });
  });
}

}  // namespace

SplitQuery split_query(std::string_view query) {
  const std::vector<Piece> pieces = pieces_of(query);
  std::vector<const Scheme*> used;
  for (const Scheme& scheme : schemes()) {
    if (scheme.marker.empty() || has(pieces, scheme.marker)) used.push_back(&scheme);
  }
  SplitQuery split;
  for (const Piece& piece : pieces) {
    std::string& part = is_credential(piece.name, used) ? split.credentials : split.plain;
    if (!part.empty()) part += '&';
    part += piece.text;
  }
  return split;
}

}  // namespace rimfs::http
