// SPDX-License-Identifier: MIT
// The table of failures: the kind of error, whether to retry, and the message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rimfs::http {

/// The reason why a reply cannot be used. A value.
struct Rejection {
  ErrorKind kind;
  bool retry = false;  ///< A retry may help: until the deadline, unless `briefly`.
  std::string reason;
  bool briefly = false;       ///< The failure rarely passes, so it is retried only a few times.
  bool renews_login = false;  ///< Renewed credentials may help; they are renewed once.
  /// The reply says how the request must be changed: the login is told (Login::correct()), and no redirect is followed.
  bool corrects_login = false;
};

/// Whether the same request is sent again after it failed.
enum class Retry { never, briefly, until_deadline };

/// The condition under which a row of a table applies; see Situation.
enum class When { always, served, unserved, first_look, redirected };

/// The meaning of the statuses from `first` to `last`. The first row that applies counts.
struct StatusRow {
  int first, last;
  When when;
  ErrorKind kind;
  Retry retry;
  const char* meaning;  ///< Shown in parentheses after the status; may be empty.
};

struct ServerKind;

/// The circumstances of a failed request. A value.
struct Situation {
  bool served = false;                      ///< A server has replied for this file before, so a failure may pass.
  const ServerKind* server_kind = nullptr;  ///< Its rows come before the general ones; null when there are none.
  bool first_look = false;                  ///< A probe or a document: an unreachable server is reported at once.
  bool redirected = false;                  ///< A server provided the address, not the user.
  bool operator==(const Situation&) const = default;
};

/// Faults of an exchange other than its status and libcurl's result.
enum class Fault {
  whole_file,               ///< 200 to a range request, with content other than an HTML page.
  page,                     ///< 200 with an HTML page to a range request: a login, or a maintenance notice.
  encoded,                  ///< A content coding that was not requested.
  transfer_coding,          ///< A transfer coding that was not requested (RFC 9112, section 6.1).
  contradiction,            ///< A header with two values, or an unreadable framing header (RFC 9112, section 6.3).
  malformed_head,           ///< A line of the head is not a header (RFC 9112, section 5).
  multipart,                ///< 206 with several parts (RFC 9110, section 15.3.7.2).
  no_content_range,         ///< 206 without a usable Content-Range (RFC 9110, section 15.3.7).
  other_range,              ///< 206 with bytes other than those requested.
  no_total,                 ///< The size of the file is missing where it is needed.
  same_size_416,            ///< 416, although the size of the file is unchanged: the range was valid.
  unknown_size_416,         ///< 416 without the size.
  other_size_416,           ///< 416 with another size: the file has changed.
  changed,                  ///< A validator or the size differs.
  mirror_says_less,         ///< A reply of one of several addresses has no validator to compare; a retry may have one.
  mirror_says_more,         ///< A mirror sends a validator that the first address does not send.
  page_not_file,            ///< An HTML page in reply to a probe: a listing, or a login.
  no_ranges,                ///< 200 to a probe: the server does not support ranges.
  no_ranges_no_size,        ///< The same, and the size of the file is not known.
  no_place,                 ///< A file without ranges cannot be downloaded here.
  no_head,                  ///< The reply ended, or a body began, without a final head.
  long_head,                ///< More header bytes than any server sends.
  short_body,               ///< Fewer bytes than announced.
  long_body,                ///< More bytes than announced or allowed.
  too_slow,                 ///< The rate is below the minimum rate.
  too_late,                 ///< The request was not finished within its time limit.
  redirect_without_target,  ///< A redirect without Location.
  redirect_elsewhere,       ///< A redirect to a URL that is not http or https.
  redirect_to_plain,        ///< A redirect from https to http.
  redirect_of_post,         ///< A redirect of a request with a body to another origin.
  redirect_too_often,       ///< Too many redirects, or redirects that take too long.
  certificate,              ///< The server's certificate is not accepted.
  tls_version,              ///< Client and server have no version of TLS in common.
  local,                    ///< This machine refuses a resource: memory, descriptors, an option of libcurl.
};

/// The meaning of a status that is not a success. Pure.
Rejection of_status(int status, Situation situation = {});
/// The meaning of the end of a transfer. `code` is a CURLcode other than CURLE_OK, `text` is libcurl's message. Pure.
Rejection of_code(int code, std::string_view text, Situation situation = {});
/// The meaning of another fault; `detail` completes its sentence. Pure.
Rejection of_fault(Fault fault, std::string_view detail = {});

}  // namespace rimfs::http
