// SPDX-License-Identifier: MIT
#include "http/reply.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <strings.h>

#include <charconv>

namespace rimfs::http {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3).
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value) {
  constexpr std::uint64_t kLongest = 86400;  // a day: more is as good as never
  if (const auto seconds = number(value)) {
    return std::chrono::seconds(static_cast<std::int64_t>(std::min(*seconds, kLongest)));
  }
  const time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  const time_t wait = date - time(nullptr);
  return std::chrono::seconds(std::clamp<time_t>(wait, 0, static_cast<time_t>(kLongest)));
}

bool is_identity(std::string_view coding) { return coding.empty() || same_name(coding, "identity"); }

Rejection corrupt(std::string reason) { return {ErrorKind::corrupt, true, std::move(reason)}; }

}  // namespace

void ReplyHead::add_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = trimmed(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_name(name, "Content-Range")) content_range = value;
  if (same_name(name, "Content-Length")) content_length = number(value);
  if (same_name(name, "Content-Encoding")) content_encoding = value;
  if (same_name(name, "Content-Type")) content_type = value;
  if (same_name(name, "ETag")) etag = value;
  if (same_name(name, "Last-Modified")) last_modified = value;
  if (same_name(name, "Location")) location = value;
  if (same_name(name, "Set-Cookie")) cookies.emplace_back(trimmed(value.substr(0, value.find(';'))));
  if (same_name(name, "Retry-After")) retry_after = parse_retry_after(value);
}

Rejection reject_status(const ReplyHead& head) {
  const std::string said = fmt::format("the server answered {}", head.status);
  switch (head.status) {
    case 401:
      return {ErrorKind::denied, false, said + " (login needed or wrong: see --user, --password-file)"};
    case 403:
      return {ErrorKind::denied, false, said + " (forbidden)"};
    case 404:
      return {ErrorKind::missing, false, said + " (no such file)"};
    case 410:
      return {ErrorKind::missing, false, said + " (gone)"};
    case 407:
      return {ErrorKind::denied, false, said + " (the proxy wants a login)"};
    case 412:
      return {ErrorKind::changed, false, said + " (the file has changed)"};
    case 416:
      return {ErrorKind::changed, false, said + " (the file has become shorter)"};
    case 408:
    case 425:
    case 429:
      return {ErrorKind::unreachable, true, said};
    default:
      break;
  }
  if (head.status >= 500) return {ErrorKind::unreachable, true, said};
  return {ErrorKind::unsupported, false, said};
}

std::optional<Rejection> check_range_reply(const ReplyHead& head, ByteRange range, const Identity& expected) {
  if (head.status == 200 && expected.has_strong_etag() && !head.etag.empty() && head.etag != expected.etag) {
    return Rejection{ErrorKind::changed, false,
                     fmt::format("the file has changed on the server (ETag {} -> {})", expected.etag, head.etag)};
  }
  if (head.status == 200) return corrupt("the server sent the whole file (200) instead of the range asked for");
  if (head.status != 206) return reject_status(head);
  if (!is_identity(head.content_encoding)) {
    return corrupt(fmt::format("the body is encoded ({}), which was not asked for", head.content_encoding));
  }
  if (!head.content_range) return corrupt("a 206 reply without Content-Range");
  const auto got = parse_content_range(*head.content_range);
  if (!got || !got->range) return corrupt(fmt::format("unusable Content-Range '{}'", *head.content_range));
  if (*got->range != range) {
    return corrupt(
        fmt::format("asked for bytes {} but the Content-Range is '{}'", range_value(range), *head.content_range));
  }
  if (head.content_length && *head.content_length != range.size().value) {
    return corrupt(
        fmt::format("Content-Length {} contradicts Content-Range '{}'", *head.content_length, *head.content_range));
  }
  const Identity now{got->total.value_or(expected.size), head.etag, head.last_modified};
  if (!expected.same_file(now)) {
    return Rejection{ErrorKind::changed, false,
                     fmt::format("the file has changed on the server (size {} -> {}, ETag {} -> {}, modified {} -> {})",
                                 expected.size.value, now.size.value, expected.etag, now.etag, expected.last_modified,
                                 now.last_modified)};
  }
  return std::nullopt;
}

std::optional<Rejection> identify(const ReplyHead& head, std::optional<Identity>& identity) {
  const Rejection complete{ErrorKind::cancelled, false, "an empty file"};
  ContentRange got;  // stays empty when the header is missing or makes no sense
  if (head.content_range) got = parse_content_range(*head.content_range).value_or(ContentRange{});
  if (head.status == 416 && got.total && got.total->is_zero()) {
    identity = Identity{ByteCount{0}, head.etag, head.last_modified};
    return complete;
  }
  if (head.status == 200) {
    // A range of nothing cannot be satisfied; some servers send the empty whole instead.
    if (head.content_length && *head.content_length == 0) {
      identity = Identity{ByteCount{0}, head.etag, head.last_modified};
      return complete;
    }
    return Rejection{
        ErrorKind::unsupported, false,
        fmt::format("the server does not serve ranges (it answered 200 with type '{}' to a range request), "
                    "so its files cannot be mounted",
                    head.content_type)};
  }
  if (head.status != 206) return reject_status(head);
  if (!is_identity(head.content_encoding)) return corrupt("the body is encoded, which was not asked for");
  if (!got.range || got.range->begin.value != 0 || got.range->end.value != 1) {
    return corrupt(
        fmt::format("asked for the first byte but the Content-Range is '{}'", head.content_range.value_or("missing")));
  }
  if (!got.total) return corrupt("the server does not say how long the file is (Content-Range with '*')");
  identity = Identity{*got.total, head.etag, head.last_modified};
  return std::nullopt;
}

}  // namespace rimfs::http
