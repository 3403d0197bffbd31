// SPDX-License-Identifier: MIT
#include "http/reply.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/split.h"
#include "http/http_date.h"
#include "http/login_scheme.h"

namespace rimfs::http {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3).
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value) {
  constexpr std::uint64_t kLongest = 86400;  // a day; a longer wait means never
  if (const auto seconds = number(value)) {
    return std::chrono::seconds(static_cast<std::int64_t>(std::min(*seconds, kLongest)));
  }
  const std::optional<std::int64_t> date = parse_date(std::string(value));
  if (!date) return std::nullopt;
  const std::int64_t wait = *date - time(nullptr);
  return std::chrono::seconds(std::clamp<std::int64_t>(wait, 0, kLongest));
}

bool is_identity(std::string_view coding) { return coding.empty() || equal_ignoring_case(coding, "identity"); }

constexpr std::string_view kTokenSigns = "!#$%&'*+-.^_`|~";

/// A name is a token (RFC 9110, section 5.6.2). So a blank before the colon (RFC 9112, section 5.1) or at the beginning
/// of a folded line (5.2) makes the name invalid.
bool is_token(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || kTokenSigns.find(c) != std::string_view::npos;
  });
}

bool names_several_parts(std::string_view type) {
  const std::string types = lower(type);
  // The second form was in use before RFC 2616.
  return types.find("multipart/byteranges") != std::string::npos ||
         types.find("multipart/x-byteranges") != std::string::npos;
}

/// Content-Length is a number; a list of equal numbers counts as one (RFC 9110, section 8.6).
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

/// Adds a single-value header. An empty value carries no information.
void add_single(ReplyHead& head, std::string& field, std::string_view value) {
  head.contradictory |= !field.empty() && field != value;
  field = value;
}

/// A coding is a token (RFC 9110, section 8.4.1).
void add_content_encoding(ReplyHead& head, std::string_view value) {
  for (const std::string_view coding : split(value, ',')) {
    head.malformed |= !trimmed(coding).empty() && !is_token(trimmed(coding));
  }
  if (!head.content_encoding.empty()) head.content_encoding += ", ";
  head.content_encoding += value;
}

void add_content_type(ReplyHead& head, std::string_view value) {
  head.multipart |= names_several_parts(value);
  head.content_type = value;
}

/// "Max-Age=0", and less, removes the cookie (RFC 6265, section 5.2.2), whatever its value is.
void add_cookie(ReplyHead& head, std::string_view value) {
  const std::string_view pair = trimmed(value.substr(0, value.find(';')));
  bool over = false;
  for (const std::string_view attribute : split(value.substr(pair.size()), ';')) {
    const std::size_t equals = std::min(attribute.find('='), attribute.size());
    if (!equal_ignoring_case(trimmed(attribute.substr(0, equals)), "Max-Age")) continue;
    const std::string_view age = trimmed(attribute.substr(std::min(equals + 1, attribute.size())));
    over = age == "0" || age.starts_with('-');
  }
  head.cookies.emplace_back(over ? std::string(pair.substr(0, pair.find('='))) + "=" : std::string(pair));
}

void add_transfer_encoding(ReplyHead& head, std::string_view value) {
  head.transfer_encoding = head.transfer_encoding ? *head.transfer_encoding + ", " + std::string(value) : value;
}

/// Via (RFC 9110, section 7.6.3) and Age (RFC 9111, section 5.1); the others are Varnish's, Squid's and those of
/// content delivery networks.
bool is_of_cache(std::string_view name) {
  constexpr std::string_view kNames[] = {"Via",           "Age",
                                         "X-Cache",       "X-Cache-Status",
                                         "X-Varnish",     "X-Cache-Lookup",
                                         "X-Proxy-Cache", "CF-Cache-Status",
                                         "X-Served-By",   "Cache-Status",
                                         "X-Cache-Hits"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [name](std::string_view one) { return equal_ignoring_case(one, name); });
}

}  // namespace

void ReplyHead::add_line(std::string_view line) {
  line = trimmed_end(line, "\r\n");
  if (line.empty()) return;
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  // Some parsers treat a lone CR as a blank, others as the end of a line (RFC 9112, section 2.2).
  constexpr std::string_view kForbidden{"\r\n\0", 3};
  if (colon == std::string_view::npos || !is_token(name) || line.find_first_of(kForbidden) != std::string_view::npos) {
    malformed = true;
    return;
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (equal_ignoring_case(name, "Content-Range")) add_content_range(*this, value);
  if (equal_ignoring_case(name, "Content-Length")) add_content_length(*this, value);
  if (equal_ignoring_case(name, "Transfer-Encoding")) add_transfer_encoding(*this, value);
  if (equal_ignoring_case(name, "Content-Encoding")) add_content_encoding(*this, value);
  if (equal_ignoring_case(name, "Content-Type")) add_content_type(*this, value);
  if (equal_ignoring_case(name, "ETag")) add_single(*this, etag, value);
  if (equal_ignoring_case(name, "Last-Modified")) add_single(*this, last_modified, value);
  if (equal_ignoring_case(name, "Location")) add_single(*this, location, value);
  if (equal_ignoring_case(name, "Date")) date = value;
  if (equal_ignoring_case(name, "X-Amz-Bucket-Region")) bucket_region = value;
  if (equal_ignoring_case(name, "Set-Cookie")) add_cookie(*this, value);
  if (equal_ignoring_case(name, "WWW-Authenticate") || equal_ignoring_case(name, "Proxy-Authenticate")) {
    for (std::string& scheme : schemes_in(value)) login_schemes.push_back(std::move(scheme));
  }
  if (equal_ignoring_case(name, "Accept-Ranges")) accepts_ranges = equal_ignoring_case(value, "bytes");
  if (is_of_cache(name)) from_cache = true;
  if (equal_ignoring_case(name, "Retry-After")) retry_after = parse_retry_after(value);
}

void ReplyHead::forget_validators(SameFile rule) {
  if (rule != SameFile::validator) etag.clear();
  if (rule == SameFile::size) last_modified.clear();
}

bool ReplyHead::is_page() const {
  const std::string_view type = trimmed(std::string_view(content_type).substr(0, content_type.find(';')));
  return equal_ignoring_case(type, "text/html") || equal_ignoring_case(type, "application/xhtml+xml");
}

std::string ReplyHead::coding() const {
  std::string codings;
  for (const std::string_view one : split(content_encoding, ',')) {
    std::string coding = lower(trimmed(one));
    if (is_identity(coding)) continue;
    if (coding == "x-gzip" || coding == "x-compress") coding.erase(0, 2);
    if (!codings.empty()) codings += ", ";
    codings += coding;
  }
  return codings;
}

Rejection reject_status(const ReplyHead& head, Situation situation) {
  Rejection refusal = of_status(head.status, situation);
  const bool login = head.status == 401 || head.status == 407;
  if (login && !head.login_schemes.empty()) {
    refusal.reason += fmt::format("; it offers {}", fmt::join(head.login_schemes, ", "));
  }
  return refusal;
}

std::optional<Rejection> check_framing(const ReplyHead& head) {
  if (head.malformed) return of_fault(Fault::malformed_head);
  if (head.contradictory) return of_fault(Fault::contradiction);
  const std::string_view coding = head.transfer_encoding ? std::string_view(*head.transfer_encoding) : "";
  if (is_identity(coding) || equal_ignoring_case(coding, "chunked")) return std::nullopt;
  return of_fault(Fault::transfer_coding, coding);
}

namespace {

/// True when the head of a reply with this status contains information about the file.
bool describes_file(int status) { return status == 200 || status == 206 || status == 416; }

/// Checks that the body has the coding of the file's bytes. A server may store a compressed file and label it so; its
/// ranges are then ranges of the stored bytes. What is compressed on the way has no such ranges.
std::optional<Rejection> check_coding(const ReplyHead& head, const Identity& expected) {
  const std::string coding = head.coding();
  if (!expected.coding || *expected.coding == coding) return std::nullopt;
  return of_fault(Fault::encoded, fmt::format("'{}' instead of '{}'", coding, *expected.coding));
}

Rejection changed(const Identity& before, const Identity& now) {
  return of_fault(Fault::changed,
                  fmt::format("size {} -> {}, ETag {} -> {}, modified {} -> {}", before.size.value, now.size.value,
                              before.etag, now.etag, before.last_modified, now.last_modified));
}

/// True for a 200 whose body is the requested range, because the range is the whole file. A server may ignore Range
/// (RFC 9110, section 14.2), and vSphere's /folder answers every range so that covers its file (reported by clients of
/// vCenter 7 and 8). Without a length in the head the length of the body decides. A file with a strong tag must show
/// it: a 200 is also the answer to an If-Range that does not match.
bool is_whole_range(const ReplyHead& head, ByteRange range, const Identity& expected) {
  const ByteCount size{head.content_length.value_or(expected.size.value)};
  const Identity now{size, head.etag, head.last_modified};
  const bool same = expected.has_strong_etag() ? head.etag == expected.etag : !head.is_page();
  return range == ByteRange{Offset{0}, Offset{expected.size.value}} && same && expected.same_file(now) &&
         head.coding() == expected.coding.value_or("") && !head.multipart && !head.content_range;
}

/// The failure of a 200 in reply to a range request.
Rejection reject_whole(const ReplyHead& head, const Identity& expected) {
  // A proxy may have weakened the tag ("W/"), and If-Range then does not match it (RFC 9110, section 13.1.5).
  const bool other_tag = !head.etag.empty() && !expected.same_file({expected.size, head.etag, ""});
  if (expected.has_strong_etag() && other_tag) {
    return of_fault(Fault::changed, fmt::format("ETag {} -> {}", expected.etag, head.etag));
  }
  return of_fault(head.is_page() ? Fault::page : Fault::whole_file);
}

/// The failure of a 416 in reply to a request for a range inside the file.
Rejection reject_unsatisfiable(const ReplyHead& head, const Identity& expected) {
  const auto said = head.content_range ? parse_content_range(*head.content_range) : std::nullopt;
  if (!said || !said->total) return of_fault(Fault::unknown_size_416);
  if (*said->total == expected.size) return of_fault(Fault::same_size_416);
  return of_fault(Fault::other_size_416, fmt::format("size {} -> {}", expected.size.value, said->total->value));
}

/// True when the reply may be that of another request: a server that sends one reply too many on a connection is then
/// one reply ahead (response splitting). Bytes that were not requested are believed only with a validator of the file.
bool is_doubtful(const ReplyHead& head, ByteRange got, ByteRange range, const Identity& expected) {
  const bool requested = got.begin == range.begin && got.end <= range.end;
  const bool has_validator = !head.etag.empty() || !head.last_modified.empty();
  return !requested && !(has_validator && expected.has_validator() &&
                         expected.same_file({expected.size, head.etag, head.last_modified}));
}

/// True when a body with the bytes `got` serves a request for `range`. What comes after the range need not be read when
/// each byte is correct as soon as it arrives (`framed`); otherwise only the end of the body proves its bytes.
bool is_usable(ByteRange got, ByteRange range, bool framed) {
  if (got.begin > range.begin || got.end <= range.begin) return false;
  const ByteCount after = got.end > range.end ? got.end - range.end : ByteCount{0};
  return range.begin - got.begin <= kMostUnrequested && (framed || after <= kMostUnrequested);
}

}  // namespace

BodyPart part_of(const ReplyHead& head, ByteRange range) {
  const auto got = head.content_range ? parse_content_range(*head.content_range) : std::nullopt;
  if (head.status != 206 || !got || !got->range) return {{}, range.size(), {}};
  const Offset end = std::min(got->range->end, range.end);
  return {range.begin - got->range->begin, end - range.begin, got->range->end - end};
}

std::optional<Rejection> check_range_reply(const ReplyHead& head, ByteRange range, const Identity& expected,
                                           Situation situation) {
  if (!describes_file(head.status)) return reject_status(head, situation);
  if (auto broken = check_framing(head)) return broken;
  if (head.status == 200 && is_whole_range(head, range, expected)) return std::nullopt;
  if (head.status == 200) return reject_whole(head, expected);
  if (head.status == 416) return reject_unsatisfiable(head, expected);
  if (head.multipart) return of_fault(Fault::multipart);
  if (!head.content_range) return of_fault(Fault::no_content_range);
  const auto got = parse_content_range(*head.content_range);
  if (!got || !got->range) return of_fault(Fault::no_content_range, *head.content_range);
  if (!is_usable(*got->range, range, head.framed_by_length()) || is_doubtful(head, *got->range, range, expected)) {
    return of_fault(Fault::other_range, fmt::format("requested {}, got '{}'", range_value(range), *head.content_range));
  }
  if (head.content_length && *head.content_length != got->range->size().value) {
    return of_fault(Fault::contradiction,
                    fmt::format("Content-Length {}, Content-Range '{}'", *head.content_length, *head.content_range));
  }
  const ByteCount least{got->range->end.value};  // a range that is longer than the file shows another one
  const Identity now{got->total.value_or(std::max(expected.size, least)), head.etag, head.last_modified};
  if (!expected.same_file(now)) return changed(expected, now);
  return check_coding(head, expected);
}

Rejection reject_no_ranges(const ReplyHead& head) {
  if (head.is_page()) return of_fault(Fault::page_not_file);
  const bool has_size = head.content_length && !head.transfer_encoding;
  return of_fault(has_size ? Fault::no_ranges : Fault::no_ranges_no_size,
                  fmt::format("it answered 200 with type '{}' to a range request", head.content_type));
}

std::optional<Rejection> identify(const ReplyHead& head, std::optional<Identity>& identity, Situation situation) {
  identity.reset();
  if (!describes_file(head.status)) return reject_status(head, situation);
  if (auto broken = check_framing(head)) return broken;
  const Rejection complete{ErrorKind::cancelled, false, "an empty file"};
  ContentRange got;  // stays empty when the header is missing or invalid
  if (head.content_range) got = parse_content_range(*head.content_range).value_or(ContentRange{});
  if (head.status == 416 && got.total && got.total->is_zero()) {
    identity = Identity{ByteCount{0}, head.etag, head.last_modified};
    return complete;
  }
  if (head.status == 416) return of_fault(Fault::unknown_size_416, head.content_range.value_or(""));
  if (head.status == 200) {
    // A range of an empty file cannot be satisfied; some servers send the whole empty file instead.
    if (head.content_length && *head.content_length == 0 && !head.transfer_encoding) {
      identity = Identity{ByteCount{0}, head.etag, head.last_modified};
      return complete;
    }
    // A file of one byte is the requested range. Without a length in the head, the length of the body decides.
    if (head.content_length.value_or(1) == 1 && !head.content_range && !head.is_page() && head.coding().empty()) {
      identity = Identity{ByteCount{1}, head.etag, head.last_modified};
      return std::nullopt;
    }
    return reject_no_ranges(head);
  }
  if (head.multipart) return of_fault(Fault::multipart);
  if (!got.range || got.range->begin.value != 0 || got.range->end.value != 1) {
    return of_fault(Fault::other_range,
                    fmt::format("requested the first byte, got '{}'", head.content_range.value_or("no Content-Range")));
  }
  if (!got.total) return of_fault(Fault::no_total);
  identity = Identity{*got.total, head.etag, head.last_modified, {}, head.coding()};
  return std::nullopt;
}

}  // namespace rimfs::http
