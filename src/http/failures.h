// SPDX-License-Identifier: MIT
// The one table of what a failed request means: which kind of error it is, whether to ask again, and what to say.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rimfs::http {

/// Why a reply cannot be used. A value.
struct Rejection {
  ErrorKind kind;
  bool retry = false;  ///< Asking again may help: until the deadline, unless `briefly`.
  std::string reason;
  bool briefly = false;       ///< Seldom passes: asked again a few times only.
  bool renews_login = false;  ///< Another login may help: one that can be renewed is, once.
};

/// Whether the same request is sent again after it failed.
enum class Again { never, briefly, until_deadline };

/// When a row of a table applies; see Situation.
enum class When { always, served, unserved, first_look, redirected };

/// What the statuses from `first` to `last` mean. Of several rows the first one that applies counts.
struct StatusRow {
  int first, last;
  When when;
  ErrorKind kind;
  Again again;
  const char* meaning;  ///< For people, in parentheses after the status; may be empty.
};

struct ServerKind;

/// What is known where a request fails. A value.
struct Situation {
  bool served = false;                      ///< A server has answered for this file before: what fails now may pass.
  const ServerKind* server_kind = nullptr;  ///< Its rows come before the general ones; null: there are none.
  bool first_look = false;  ///< A probe or a document: nobody wants to wait for a server that is not there.
  bool redirected = false;  ///< The address is one that a server named, not the user.
  bool operator==(const Situation&) const = default;
};

/// What can be wrong with an exchange beside its status and beside what libcurl says.
enum class Fault {
  whole_file,               ///< 200 with other content than a page, in reply to a range.
  page,                     ///< 200 with a page of HTML, in reply to a range: a login, or a maintenance notice.
  encoded,                  ///< A content coding that was not asked for.
  transfer_coding,          ///< A transfer coding that was not asked for (RFC 9112, section 6.1).
  contradiction,            ///< One header with two values, or a framing header unreadable (RFC 9112, section 6.3).
  malformed_head,           ///< A line of the head that is no header (RFC 9112, section 5).
  multipart,                ///< 206 with several parts (RFC 9110, section 15.3.7.2).
  no_content_range,         ///< 206 without a usable Content-Range (RFC 9110, section 15.3.7).
  other_range,              ///< 206 with other bytes than were asked for.
  no_total,                 ///< The size of the file is not told where it is needed.
  same_size_416,            ///< 416, though the file has the size it had: the range was right.
  unknown_size_416,         ///< 416 that does not tell the size.
  other_size_416,           ///< 416 with another size: the file is another one.
  changed,                  ///< A validator or the size differs.
  mirror_says_less,         ///< One of several addresses names no validator: is it the same file? It may be next time.
  mirror_says_more,         ///< A mirror names a validator that the first address has not.
  no_ranges,                ///< 200 to a probe: the server has no ranges.
  no_head,                  ///< The reply ended, or a body began, without a final head.
  long_head,                ///< More header lines than any server sends.
  short_body,               ///< Fewer bytes than announced.
  long_body,                ///< More bytes than announced or allowed.
  too_slow,                 ///< Less than the minimum rate.
  too_late,                 ///< Not finished in the time that such a request has.
  redirect_without_target,  ///< A redirect without Location.
  redirect_elsewhere,       ///< A redirect to what is no http or https URL.
  redirect_to_plain,        ///< A redirect from https to http.
  redirect_of_post,         ///< A redirect of a request with a body to another origin.
  redirect_too_often,       ///< Too many redirects, or redirects that take too long.
  local,                    ///< This machine refuses: memory, descriptors, an option of libcurl.
};

/// What a status means that is no success. Pure.
Rejection of_status(int status, Situation situation = {});
/// What the end of a transfer means; `code` is a CURLcode other than CURLE_OK, `text` what libcurl says. Pure.
Rejection of_code(int code, std::string_view text, Situation situation = {});
/// What another fault means; `detail` completes its sentence. Pure.
Rejection of_fault(Fault fault, std::string_view detail = {});

}  // namespace rimfs::http
