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

/// Content-Length is a number; a list of equal ones counts as one (RFC 9110, section 8.6).
std::optional<std::uint64_t> parse_content_length(std::string_view value) {
  std::optional<std::uint64_t> length;
  for (;;) {
    const auto comma = value.find(',');
    const auto one = number(trimmed(value.substr(0, comma)));
    if (!one || (length && *length != *one)) return std::nullopt;
    length = one;
    if (comma == std::string_view::npos) return length;
    value.remove_prefix(comma + 1);
  }
}

void add_content_length(ReplyHead& head, std::string_view value) {
  const auto length = parse_content_length(value);
  head.contradictory |= !length || (head.content_length && head.content_length != length);
  head.content_length = length;
}

void add_content_range(ReplyHead& head, std::string_view value) {
  head.contradictory |= head.content_range && *head.content_range != value;
  head.content_range = value;
}

void add_transfer_encoding(ReplyHead& head, std::string_view value) {
  head.transfer_encoding = head.transfer_encoding ? *head.transfer_encoding + ", " + std::string(value) : value;
}

}  // namespace

void ReplyHead::add_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = trimmed(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_name(name, "Content-Range")) add_content_range(*this, value);
  if (same_name(name, "Content-Length")) add_content_length(*this, value);
  if (same_name(name, "Transfer-Encoding")) add_transfer_encoding(*this, value);
  if (same_name(name, "Content-Encoding")) content_encoding = value;
  if (same_name(name, "Content-Type")) content_type = value;
  if (same_name(name, "ETag")) etag = value;
  if (same_name(name, "Last-Modified")) last_modified = value;
  if (same_name(name, "Location")) location = value;
  if (same_name(name, "Set-Cookie")) cookies.emplace_back(trimmed(value.substr(0, value.find(';'))));
  if (same_name(name, "Retry-After")) retry_after = parse_retry_after(value);
}

bool ReplyHead::is_page() const {
  const std::string_view type = trimmed(std::string_view(content_type).substr(0, content_type.find(';')));
  return same_name(type, "text/html") || same_name(type, "application/xhtml+xml");
}

Rejection reject_status(const ReplyHead& head, Situation situation) { return of_status(head.status, situation); }

std::optional<Rejection> check_framing(const ReplyHead& head) {
  if (head.contradictory) return of_fault(Fault::contradiction);
  const std::string_view coding = head.transfer_encoding ? std::string_view(*head.transfer_encoding) : "";
  if (is_identity(coding) || same_name(coding, "chunked")) return std::nullopt;
  return of_fault(Fault::transfer_coding, coding);
}

namespace {

Rejection changed(const Identity& before, const Identity& now) {
  return of_fault(Fault::changed,
                  fmt::format("size {} -> {}, ETag {} -> {}, modified {} -> {}", before.size.value, now.size.value,
                              before.etag, now.etag, before.last_modified, now.last_modified));
}

/// 200 in reply to a request for a range.
Rejection reject_whole(const ReplyHead& head, const Identity& expected) {
  if (expected.has_strong_etag() && !head.etag.empty() && head.etag != expected.etag) {
    return of_fault(Fault::changed, fmt::format("ETag {} -> {}", expected.etag, head.etag));
  }
  return of_fault(head.is_page() ? Fault::page : Fault::whole_file);
}

/// 416 in reply to a request for a range inside the file.
Rejection reject_unsatisfiable(const ReplyHead& head, const Identity& expected) {
  const auto said = head.content_range ? parse_content_range(*head.content_range) : std::nullopt;
  if (!said || !said->total) return of_fault(Fault::unknown_size_416);
  if (*said->total == expected.size) return of_fault(Fault::same_size_416);
  return of_fault(Fault::other_size_416, fmt::format("size {} -> {}", expected.size.value, said->total->value));
}

}  // namespace

std::optional<Rejection> check_range_reply(const ReplyHead& head, ByteRange range, const Identity& expected,
                                           Situation situation) {
  if (head.status == 200) return reject_whole(head, expected);
  if (head.status == 416) return reject_unsatisfiable(head, expected);
  if (head.status != 206) return reject_status(head, situation);
  if (!is_identity(head.content_encoding)) return of_fault(Fault::encoded, head.content_encoding);
  if (!head.content_range) return of_fault(Fault::no_content_range);
  const auto got = parse_content_range(*head.content_range);
  if (!got || !got->range) return of_fault(Fault::no_content_range, *head.content_range);
  if (*got->range != range) {
    return of_fault(Fault::other_range, fmt::format("asked for {}, got '{}'", range_value(range), *head.content_range));
  }
  if (head.content_length && *head.content_length != range.size().value) {
    return of_fault(Fault::contradiction,
                    fmt::format("Content-Length {}, Content-Range '{}'", *head.content_length, *head.content_range));
  }
  const Identity now{got->total.value_or(expected.size), head.etag, head.last_modified};
  if (!expected.same_file(now)) return changed(expected, now);
  return std::nullopt;
}

std::optional<Rejection> identify(const ReplyHead& head, std::optional<Identity>& identity, Situation situation) {
  identity.reset();
  const Rejection complete{ErrorKind::cancelled, false, "an empty file"};
  ContentRange got;  // stays empty when the header is missing or makes no sense
  if (head.content_range) got = parse_content_range(*head.content_range).value_or(ContentRange{});
  if (head.status == 416 && got.total && got.total->is_zero()) {
    identity = Identity{ByteCount{0}, head.etag, head.last_modified};
    return complete;
  }
  if (head.status == 416) return of_fault(Fault::unknown_size_416, head.content_range.value_or(""));
  if (head.status == 200) {
    // A range of nothing cannot be satisfied; some servers send the empty whole instead.
    if (head.content_length && *head.content_length == 0 && !head.transfer_encoding) {
      identity = Identity{ByteCount{0}, head.etag, head.last_modified};
      return complete;
    }
    Rejection none =
        of_fault(Fault::no_ranges, fmt::format("it answered 200 with type '{}' to a range request", head.content_type));
    none.renews_login = head.is_page();
    return none;
  }
  if (head.status != 206) return reject_status(head, situation);
  if (!is_identity(head.content_encoding)) return of_fault(Fault::encoded, head.content_encoding);
  if (!got.range || got.range->begin.value != 0 || got.range->end.value != 1) {
    return of_fault(Fault::other_range,
                    fmt::format("asked for the first byte, got '{}'", head.content_range.value_or("no Content-Range")));
  }
  if (!got.total) return of_fault(Fault::no_total);
  identity = Identity{*got.total, head.etag, head.last_modified};
  return std::nullopt;
}

}  // namespace rimfs::http
