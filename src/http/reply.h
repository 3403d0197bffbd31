// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "http/failures.h"
#include "http/identity.h"
#include "http/options.h"
#include "http/range_header.h"

namespace rimfs::http {

/// The head of one reply: the status and the headers that rimfs uses. A value.
struct ReplyHead {
  int status = 0;
  std::optional<std::string> content_range;  ///< The value as the server wrote it.
  std::optional<std::uint64_t> content_length;
  std::optional<std::string> transfer_encoding;  ///< Several lines are joined with ", ".
  /// A single-value header occurred twice with different values, or a framing header cannot be parsed.
  bool contradictory = false;
  /// A line is not "Name: value". Parsers differ in how they treat such a line: some see a header where others see
  /// none.
  bool malformed = false;
  bool multipart = false;         ///< A Content-Type announces several parts (RFC 9110, section 14.6).
  bool accepts_ranges = false;    ///< Accept-Ranges says that ranges are supported.
  bool from_cache = false;        ///< A header that caches and proxies add says that one is on the way.
  bool framed_by_stream = false;  ///< The reply uses HTTP/2 or later.
  std::string content_encoding;   ///< Several lines are joined with ", ".
  std::string content_type;
  std::string etag;
  std::string last_modified;
  std::string location;
  std::string date;                  ///< The server's clock.
  std::string bucket_region;         ///< X-Amz-Bucket-Region: where the bucket is (S3's HeadBucket and its redirects).
  std::vector<std::string> cookies;  ///< The "name=value" of each Set-Cookie, including quotes; "name=" removes one.
  std::vector<std::string> login_schemes;  ///< The names in WWW-Authenticate, or with 407 in Proxy-Authenticate.
  std::optional<std::chrono::seconds> retry_after;

  /// Parses one header line as received. Ignores unknown names and the empty line at the end.
  void add_line(std::string_view line);

  /// Forgets the validators that do not tell versions apart for the user.
  void forget_validators(SameFile rule);

  /// True when each byte of the body is correct as soon as it arrives: only Content-Length frames the body (RFC 9112,
  /// section 6.3). With any other framing a body is correct only once it has ended properly with the right length. This
  /// always applies to HTTP/2: a stream that ends before or after Content-Length is malformed (RFC 9113, section
  /// 8.1.1).
  bool framed_by_length() const {
    return content_length && !transfer_encoding && !framed_by_stream && !contradictory && !malformed;
  }
  /// The content codings of the body in lower case, joined with ", "; empty when none changes it. "x-gzip" is "gzip"
  /// (RFC 9110, section 8.4.1.3).
  std::string coding() const;
  /// True for an HTML page. An image never is one; logins and maintenance notices are.
  bool is_page() const;
};

/// The most bytes of a body that are read although they were not requested.
constexpr ByteCount kMostUnrequested = 1_MiB;

/// Where the requested bytes are in the body of a reply. A value.
struct BodyPart {
  ByteCount before;  ///< Bytes of the body that come before the range.
  ByteCount bytes;   ///< Bytes of the range that the body has: all of them, or the first ones.
  ByteCount after;   ///< Bytes of the body that come after the range.

  ByteCount size() const { return before + bytes + after; }
};

/// Checks the head of the reply to a GET for `range` of the file `expected`. Accepts, in the file's coding and of the
/// same version: a 206 whose bytes begin at the range or at most kMostUnrequested before it, whatever part of the range
/// they are (RFC 9110, section 15.3.7: a server may send only a part, because of limits of its own, or more); and a 200
/// when the range is the whole file. Called before the first byte of the body is used. Pure.
std::optional<Rejection> check_range_reply(const ReplyHead& head, ByteRange range, const Identity& expected,
                                           Situation situation = {});

/// Where the bytes of `range` are in the body of a reply that check_range_reply() has accepted. Pure.
BodyPart part_of(const ReplyHead& head, ByteRange range);

/// Reads the identity of a file from the reply to a GET of its first byte into `identity`. A rejection of the kind
/// `cancelled` with an identity means that the body is not needed and the result is complete (an empty file). Pure.
std::optional<Rejection> identify(const ReplyHead& head, std::optional<Identity>& identity, Situation situation = {});

/// The failure of a 200 with another body than the requested range. Pure.
Rejection reject_no_ranges(const ReplyHead& head);

/// Checks that the head is valid: each line is a header, no header contradicts another, and the end of the body can be
/// determined. Called before the head is used to judge the file. Pure.
std::optional<Rejection> check_framing(const ReplyHead& head);

/// The meaning of a status that is not a success: the kind of failure and whether to retry. Pure.
Rejection reject_status(const ReplyHead& head, Situation situation = {});

}  // namespace rimfs::http
