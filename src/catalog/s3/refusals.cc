// SPDX-License-Identifier: MIT
#include "catalog/s3/refusals.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/printable.h"

namespace rimfs::catalog::s3 {
namespace {

constexpr std::size_t kMostShown = 300;

/// What is done about an error, besides the message.
enum class Remedy {
  none,           ///< It is final.
  as_status,      ///< Retried as the status says.
  retry,          ///< It passes.
  renew_login,    ///< Other credentials may be accepted.
  correct_login,  ///< The answer says how the request must be signed.
};

struct CodeRow {
  std::string_view code;
  ErrorKind kind;
  Remedy remedy;
  const char* advice;  ///< What to do; may be empty.
};

constexpr const char* kDenied =
    "the credentials need s3:GetObject to read objects and s3:ListBucket to list them; without credentials only public "
    "buckets can be read";
constexpr const char* kOver = "the credentials are over, and there were no newer ones";
constexpr const char* kRegion = "the bucket is in another region; set --s3-region, or --s3-endpoint";
constexpr const char* kRestore =
    "the object is archived: restore it (aws s3api restore-object), and read it when that has ended";

constexpr CodeRow kCodes[] = {
    {"AccessDenied", ErrorKind::denied, Remedy::none, kDenied},
    {"AllAccessDisabled", ErrorKind::denied, Remedy::none, ""},
    {"AccountProblem", ErrorKind::denied, Remedy::none, ""},
    {"NoSuchBucket", ErrorKind::missing, Remedy::none, "check the bucket's name, --s3-endpoint and --s3-style"},
    {"NoSuchKey", ErrorKind::missing, Remedy::as_status, "there is no such object; a prefix ends with /"},
    {"InvalidObjectState", ErrorKind::denied, Remedy::none, kRestore},
    {"InvalidAccessKeyId", ErrorKind::denied, Remedy::renew_login, "check the access key and --s3-endpoint"},
    {"SignatureDoesNotMatch", ErrorKind::denied, Remedy::none,
     "check the secret of the access key; a proxy that changes requests has the same effect"},
    {"ExpiredToken", ErrorKind::denied, Remedy::renew_login, kOver},
    {"ExpiredTokenException", ErrorKind::denied, Remedy::renew_login, kOver},
    {"InvalidToken", ErrorKind::denied, Remedy::renew_login, kOver},
    {"InvalidTokenId", ErrorKind::denied, Remedy::renew_login, kOver},
    {"TokenRefreshRequired", ErrorKind::denied, Remedy::renew_login, kOver},
    {"RequestTimeTooSkewed", ErrorKind::denied, Remedy::correct_login, "set the clock of this machine"},
    {"AuthorizationHeaderMalformed", ErrorKind::denied, Remedy::correct_login, kRegion},
    {"IllegalLocationConstraintException", ErrorKind::denied, Remedy::correct_login, kRegion},
    {"PermanentRedirect", ErrorKind::unsupported, Remedy::correct_login, kRegion},
    {"TemporaryRedirect", ErrorKind::unsupported, Remedy::correct_login, kRegion},
    {"SlowDown", ErrorKind::unreachable, Remedy::retry, ""},
    {"InternalError", ErrorKind::unreachable, Remedy::retry, ""},
    {"ServiceUnavailable", ErrorKind::unreachable, Remedy::retry, ""},
    {"RequestTimeout", ErrorKind::unreachable, Remedy::retry, ""},
    {"RequestLimitExceeded", ErrorKind::unreachable, Remedy::retry, ""},
    {"Throttling", ErrorKind::unreachable, Remedy::retry, ""},
};

/// The five that XML has by itself.
std::string unescaped(std::string_view text) {
  static constexpr std::pair<std::string_view, char> kEntities[] = {
      {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
  std::string plain;
  while (!text.empty()) {
    const auto* const entity = std::find_if(std::begin(kEntities), std::end(kEntities),
                                            [&](const auto& one) { return text.starts_with(one.first); });
    const bool found = entity != std::end(kEntities);
    plain += found ? entity->second : text.front();
    text.remove_prefix(found ? entity->first.size() : 1);
  }
  return plain;
}

/// The text of the first element of this name, which has neither attributes nor children.
std::string text_of(std::string_view xml, const std::string& name) {
  const std::string opening = "<" + name + ">";
  const std::size_t begin = xml.find(opening);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = xml.substr(begin + opening.size());
  const std::size_t end = rest.find("</" + name + ">");
  return end == std::string_view::npos ? std::string() : unescaped(trimmed(rest.substr(0, end)));
}

bool serves_any(const std::string&) { return true; }

}  // namespace

/// Searched and not parsed, because only its beginning is known.
S3Error read_error(std::string_view body) {
  if (body.find("<Error") == std::string_view::npos) return {};
  return {text_of(body, "Code"), text_of(body, "Message"), text_of(body, "Region"), text_of(body, "Endpoint"),
          text_of(body, "ServerTime")};
}

http::Rejection explain_refusal(http::Rejection refusal, int status, std::string_view body) {
  const S3Error error = read_error(body);
  if (error.code.empty()) return refusal;
  refusal.reason = fmt::format("the server answered {} ({}: {})", status, printable(error.code, kMostShown),
                               printable(error.message, kMostShown));
  refusal.renews_login = false;
  const auto* const row =
      std::find_if(std::begin(kCodes), std::end(kCodes), [&](const CodeRow& one) { return one.code == error.code; });
  if (row == std::end(kCodes)) return refusal;
  refusal.kind = row->kind;
  if (row->remedy != Remedy::as_status) {
    refusal.retry = row->remedy == Remedy::retry;
    refusal.briefly = false;
  }
  refusal.renews_login = row->remedy == Remedy::renew_login;
  refusal.corrects_login = row->remedy == Remedy::correct_login;
  if (*row->advice) refusal.reason += fmt::format("; {}", row->advice);
  return refusal;
}

constinit const http::ServerKind kServerKind = {
    .serves = serves_any,
    .explain = explain_refusal,
    .explained_from = 300,
};

}  // namespace rimfs::catalog::s3
