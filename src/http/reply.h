// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "base/error.h"
#include "http/identity.h"
#include "http/range_header.h"

namespace rimfs::http {

/// The head of one reply: the status and the headers that matter to us. A value.
struct ReplyHead {
  int status = 0;
  std::optional<std::string> content_range;  ///< As the server wrote it.
  std::optional<std::uint64_t> content_length;
  std::string content_encoding;
  std::string content_type;
  std::string etag;
  std::string last_modified;
  std::string location;
  std::vector<std::string> cookies;  ///< "name=value" of each Set-Cookie, quotes included.
  std::optional<std::chrono::seconds> retry_after;

  /// Takes one header line "Name: value"; names it does not know are passed over.
  void add_line(std::string_view line);
};

/// Why a reply cannot be used: what kind of failure, and whether asking again may help.
struct Rejection {
  ErrorKind kind;
  bool retry = false;
  std::string reason;
};

/// Checks the head of the reply to a GET for `range` of the file `expected`. Nothing is wrong when it is a 206 that
/// holds the range (RFC 9110, section 15.3.7), in identity coding, of the same file. Called before the first byte
/// of the body is used. Pure.
std::optional<Rejection> check_range_reply(const ReplyHead& head, ByteRange range, const Identity& expected);

/// Reads from the reply to a GET of a file's first byte what the file is, into `identity`. A rejection with an identity
/// means that the body is not wanted but the answer is complete (an empty file). Pure.
std::optional<Rejection> identify(const ReplyHead& head, std::optional<Identity>& identity);

/// What a status that is no success means: which kind of failure and whether to ask again. Pure.
Rejection reject_status(const ReplyHead& head);

}  // namespace rimfs::http
