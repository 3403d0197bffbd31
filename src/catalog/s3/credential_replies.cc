// SPDX-License-Identifier: MIT
#include "catalog/s3/credential_replies.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "base/error.h"
#include "catalog/xml.h"

namespace rimfs::catalog::s3 {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kUsualMargin = 300;
constexpr std::int64_t kShortest = 10;

std::string text_in(const Json& json, const std::string& name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The offset of "+01:00", "-0100" or "Z" in seconds.
std::int64_t offset_of(std::string_view zone) {
  if (zone.size() < 3 || (zone[0] != '+' && zone[0] != '-')) return 0;
  std::int64_t digits = 0;
  for (const char c : zone.substr(1)) {
    if (is_digit(c)) digits = digits * 10 + (c - '0');
  }
  if (zone.size() == 3) digits *= 100;
  const std::int64_t seconds = digits / 100 * 3600 + digits % 100 * 60;
  return zone[0] == '-' ? -seconds : seconds;
}

Lease checked(Lease lease) {
  if (lease.key.id.empty() || lease.key.secret.empty()) {
    throw Error(ErrorKind::denied, "the answer has no access key and secret");
  }
  return lease;
}

}  // namespace

std::optional<std::int64_t> expiration_of(const std::string& text) {
  std::tm time{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (!rest) return std::nullopt;
  if (*rest == '.') rest = std::find_if_not(rest + 1, rest + std::char_traits<char>::length(rest), is_digit);
  return timegm(&time) - offset_of(rest);
}

Lease read_json_lease(const std::string& json, const std::string& token) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) throw Error(ErrorKind::denied, "the answer is no JSON object");
  const std::string code = text_in(document, "Code");
  if (!code.empty() && code != "Success") throw Error(ErrorKind::denied, "the answer is no success");
  Lease lease{{text_in(document, "AccessKeyId"), Secret(text_in(document, "SecretAccessKey")),
               Secret(text_in(document, token))},
              expiration_of(text_in(document, "Expiration"))};
  return checked(std::move(lease));
}

Lease read_sts_lease(std::string_view xml) {
  std::optional<Document> document;
  try {
    document.emplace(xml);
  } catch (const Error&) {
    throw Error(ErrorKind::denied, "the answer is not XML");
  }
  const Element credentials = document->root().find("Credentials");
  Lease lease{{credentials.child("AccessKeyId").text(), Secret(credentials.child("SecretAccessKey").text()),
               Secret(credentials.child("SessionToken").text())},
              expiration_of(credentials.child("Expiration").text())};
  return checked(std::move(lease));
}

std::optional<std::int64_t> seconds_to_renewal(const Lease& lease, std::int64_t now) {
  if (!lease.expires) return std::nullopt;
  const std::int64_t left = *lease.expires - now;
  return std::max(left - std::min(kUsualMargin, left / 4), kShortest);
}

}  // namespace rimfs::catalog::s3
