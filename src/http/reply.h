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
#include "http/range_header.h"

namespace rimfs::http {

/// The head of one reply: the status and the headers that matter to us. A value.
struct ReplyHead {
  int status = 0;
  std::optional<std::string> content_range;  ///< As the server wrote it.
  std::optional<std::uint64_t> content_length;
  std::optional<std::string> transfer_encoding;  ///< Of several lines, divided by ", ".
  /// A header that has one value came twice with different ones, or one that frames the body cannot be read.
  bool contradictory = false;
  /// A line is no "Name: value". Readers differ in what they make of it: one sees a header where another sees none.
  bool malformed = false;
  bool multipart = false;         ///< A Content-Type names several parts (RFC 9110, section 14.6).
  bool framed_by_stream = false;  ///< HTTP/2 or later.
  std::string content_encoding;   ///< Of several lines, divided by ", ".
  std::string content_type;
  std::string etag;
  std::string last_modified;
  std::string location;
  std::vector<std::string> cookies;  ///< "name=value" of each Set-Cookie, quotes included.
  std::optional<std::chrono::seconds> retry_after;

  /// Takes one header line, as it came; names it does not know are passed over, and so is the empty line at the end.
  void add_line(std::string_view line);

  /// True when each byte of the body is right as soon as it is there: Content-Length alone frames it (RFC 9112, section
  /// 6.3). Under any other framing a body is right only once it has ended properly with the right length. So under
  /// HTTP/2 in any case: a stream that ends before or after Content-Length is malformed (RFC 9113, section 8.1.1).
  bool framed_by_length() const {
    return content_length && !transfer_encoding && !framed_by_stream && !contradictory && !malformed;
  }
  /// True when a content coding changes the body, whichever line names it.
  bool is_encoded() const;
  /// True for a page of HTML: not what an image is, but what logins and maintenance notices are.
  bool is_page() const;
};

/// Checks the head of the reply to a GET for `range` of the file `expected`. Nothing is wrong when it is a 206 that
/// holds the range (RFC 9110, section 15.3.7), in identity coding, of the same file. Called before the first byte
/// of the body is used. Pure.
std::optional<Rejection> check_range_reply(const ReplyHead& head, ByteRange range, const Identity& expected,
                                           Situation situation = {});

/// Reads from the reply to a GET of a file's first byte what the file is, into `identity`. A rejection of the kind
/// `cancelled` with an identity means that the body is not wanted but the answer is complete (an empty file). Pure.
std::optional<Rejection> identify(const ReplyHead& head, std::optional<Identity>& identity, Situation situation = {});

/// Whether the head can be believed: each line is a header, none contradicts another, and the body can be told from
/// what follows it. Asked before the head decides about the file. Pure.
std::optional<Rejection> check_framing(const ReplyHead& head);

/// What a status that is no success means: which kind of failure and whether to ask again. Pure.
Rejection reject_status(const ReplyHead& head, Situation situation = {});

}  // namespace rimfs::http
