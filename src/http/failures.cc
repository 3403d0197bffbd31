// SPDX-License-Identifier: MIT
// Sources of the rows: RFC 9110 and 9112; curl's --retry (408, 429, 500, 502, 503, 504 and timeouts; 522 and 524 of
// late), rclone's http backend (429, 500, 502, 503, 504, 509), the AWS SDKs' standard mode (429, 500, 502, 503, 504,
// RequestTimeout with 400), gsutil (429 and all 5xx), nbdkit's retry filter (everything), Cloudflare's list of 520 to
// 530.
#include "http/failures.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

#include "http/curl.h"
#include "http/server_kind.h"

namespace rimfs::http {
namespace {

bool applies(When when, Situation situation) {
  switch (when) {
    case When::always:
      return true;
    case When::served:
      return situation.served;
    case When::unserved:
      return !situation.served;
    case When::first_look:
      return situation.first_look;
    case When::redirected:
      return situation.redirected;
  }
  return false;
}

Rejection rejection(ErrorKind kind, Retry retry, std::string reason) {
  return {kind, retry != Retry::never, std::move(reason), retry == Retry::briefly};
}

constexpr int kAnyStatus = std::numeric_limits<int>::max();

constexpr StatusRow kStatuses[] = {
    // Success statuses that are not usable: no content, a part without its range, content changed by a proxy (RFC 9110,
    // 15.3).
    {200, 299, When::always, ErrorKind::corrupt, Retry::until_deadline, "not a usable reply to the request"},
    {304, 304, When::always, ErrorKind::corrupt, Retry::until_deadline, "no condition was sent"},
    // A load balancer, a filter or a store with a brief failure may answer with any of these in the middle of a file
    // that exists.
    {300, 399, When::served, ErrorKind::unsupported, Retry::briefly, "a choice, not the file"},
    {300, 399, When::always, ErrorKind::unsupported, Retry::never, "a choice, not the file"},
    {400, 400, When::served, ErrorKind::unsupported, Retry::briefly, "bad request"},
    {400, 400, When::always, ErrorKind::unsupported, Retry::never, "bad request"},
    {401, 401, When::always, ErrorKind::denied, Retry::never, "login needed or wrong: see --user, --password-file"},
    {403, 403, When::always, ErrorKind::denied, Retry::never, "forbidden"},
    {404, 404, When::served, ErrorKind::missing, Retry::briefly, "no such file"},
    {404, 404, When::always, ErrorKind::missing, Retry::never, "no such file"},
    {407, 407, When::always, ErrorKind::denied, Retry::never, "the proxy requires a login"},
    {408, 408, When::always, ErrorKind::unreachable, Retry::until_deadline, "request timeout"},
    {409, 409, When::always, ErrorKind::unreachable, Retry::until_deadline, "conflict"},
    {410, 410, When::always, ErrorKind::missing, Retry::never, "gone"},
    // rimfs never sends If-Match or If-Unmodified-Since, so this carries no information about the file.
    {412, 412, When::always, ErrorKind::corrupt, Retry::until_deadline, "no precondition was sent"},
    {421, 421, When::always, ErrorKind::unreachable, Retry::until_deadline, "misdirected"},
    {423, 423, When::always, ErrorKind::unreachable, Retry::until_deadline, "locked"},
    {425, 425, When::always, ErrorKind::unreachable, Retry::until_deadline, "too early"},
    {429, 429, When::always, ErrorKind::unreachable, Retry::until_deadline, "too many requests"},
    {400, 499, When::served, ErrorKind::unsupported, Retry::briefly, ""},
    {400, 499, When::always, ErrorKind::unsupported, Retry::never, ""},
    {501, 501, When::served, ErrorKind::unsupported, Retry::briefly, "not implemented"},
    {501, 501, When::always, ErrorKind::unsupported, Retry::never, "not implemented"},
    {505, 505, When::served, ErrorKind::unsupported, Retry::briefly, "HTTP version not supported"},
    {505, 505, When::always, ErrorKind::unsupported, Retry::never, "HTTP version not supported"},
    {511, 511, When::always, ErrorKind::denied, Retry::briefly, "the network requires a login"},
    {525, 526, When::always, ErrorKind::unreachable, Retry::until_deadline,
     "the certificate of the server behind the proxy"},
    {500, 599, When::always, ErrorKind::unreachable, Retry::until_deadline, ""},
    // Numbers that are not an HTTP status.
    {0, kAnyStatus, When::always, ErrorKind::corrupt, Retry::until_deadline, "not an HTTP status"},
};

struct CodeRow {
  int code;
  When when;
  ErrorKind kind;
  Retry retry;
  const char* advice;
};

constexpr CodeRow kCodes[] = {
    // When no server listens, report it now rather than after the deadline.
    {CURLE_COULDNT_RESOLVE_HOST, When::first_look, ErrorKind::unreachable, Retry::never, ""},
    {CURLE_COULDNT_RESOLVE_PROXY, When::first_look, ErrorKind::unreachable, Retry::never, ""},
    {CURLE_COULDNT_CONNECT, When::first_look, ErrorKind::unreachable, Retry::never, ""},
    {CURLE_SSL_CONNECT_ERROR, When::first_look, ErrorKind::unreachable, Retry::never, ""},
    {CURLE_OPERATION_TIMEDOUT, When::always, ErrorKind::timed_out, Retry::until_deadline, ""},
    {CURLE_PEER_FAILED_VERIFICATION, When::always, ErrorKind::denied, Retry::never,
     "; name the server's certificate authority with --ca-file, or use --insecure"},
    {CURLE_SSL_CACERT_BADFILE, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_SSL_CERTPROBLEM, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_SSL_CIPHER, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_SSL_CLIENTCERT, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_SSL_CRL_BADFILE, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_SSL_INVALIDCERTSTATUS, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_SSL_ISSUER_ERROR, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_LOGIN_DENIED, When::always, ErrorKind::denied, Retry::never, ""},
    {CURLE_AUTH_ERROR, When::always, ErrorKind::denied, Retry::never, ""},
    // For an address that the user gave, this is the user's error; for one that a server gave, the server's.
    {CURLE_URL_MALFORMAT, When::redirected, ErrorKind::corrupt, Retry::until_deadline, ""},
    {CURLE_URL_MALFORMAT, When::always, ErrorKind::misuse, Retry::never, ""},
    // HTTP/0.9 and status lines that cannot be parsed; the scheme was checked before.
    {CURLE_UNSUPPORTED_PROTOCOL, When::always, ErrorKind::corrupt, Retry::until_deadline, ""},
    {CURLE_WEIRD_SERVER_REPLY, When::always, ErrorKind::corrupt, Retry::until_deadline, ""},
    {CURLE_BAD_CONTENT_ENCODING, When::always, ErrorKind::corrupt, Retry::until_deadline, ""},
    {CURLE_FILESIZE_EXCEEDED, When::always, ErrorKind::corrupt, Retry::until_deadline, ""},
    {CURLE_PARTIAL_FILE, When::always, ErrorKind::corrupt, Retry::until_deadline, ""},
    {CURLE_HTTP2, When::always, ErrorKind::unreachable, Retry::until_deadline, ""},
    {CURLE_HTTP2_STREAM, When::always, ErrorKind::unreachable, Retry::until_deadline, ""},
    // libcurl also reports this for a header line of more than 100 KiB (CURL_MAX_HTTP_HEADER).
    {CURLE_OUT_OF_MEMORY, When::always, ErrorKind::corrupt, Retry::until_deadline, ", or a header line is too long"},
    // Failures of this machine.
    {CURLE_FAILED_INIT, When::always, ErrorKind::system, Retry::briefly, ""},
    {CURLE_WRITE_ERROR, When::always, ErrorKind::system, Retry::briefly, ""},
    {CURLE_ABORTED_BY_CALLBACK, When::always, ErrorKind::system, Retry::briefly, ""},
    {CURLE_NOT_BUILT_IN, When::always, ErrorKind::system, Retry::never, ""},
    {CURLE_BAD_FUNCTION_ARGUMENT, When::always, ErrorKind::system, Retry::never, ""},
    {CURLE_UNKNOWN_OPTION, When::always, ErrorKind::system, Retry::never, ""},
    {CURLE_SSL_ENGINE_NOTFOUND, When::always, ErrorKind::system, Retry::never, ""},
    {CURLE_SSL_ENGINE_SETFAILED, When::always, ErrorKind::system, Retry::never, ""},
};
/// Every other end of a connection: refused, reset, nothing received, a failing proxy.
constexpr CodeRow kOtherCode{-1, When::always, ErrorKind::unreachable, Retry::until_deadline, ""};

struct FaultRow {
  Fault fault;
  ErrorKind kind;
  Retry retry;
  const char* sentence;
};

constexpr FaultRow kFaults[] = {
    {Fault::whole_file, ErrorKind::corrupt, Retry::until_deadline,
     "the server sent the whole file (200) instead of the requested range"},
    {Fault::page, ErrorKind::corrupt, Retry::briefly,
     "the server sent a page (200, text/html) instead of the requested range; is a login needed, or has it expired?"},
    {Fault::encoded, ErrorKind::corrupt, Retry::until_deadline, "the body has a content coding that was not requested"},
    {Fault::transfer_coding, ErrorKind::corrupt, Retry::until_deadline,
     "the reply has a transfer coding that was not requested"},
    {Fault::contradiction, ErrorKind::corrupt, Retry::until_deadline,
     "the reply contradicts itself about its length, range or version"},
    {Fault::malformed_head, ErrorKind::corrupt, Retry::until_deadline,
     "the reply's head contains a line that is not \"Name: value\""},
    {Fault::multipart, ErrorKind::corrupt, Retry::until_deadline,
     "the reply contains several parts, although one range was requested"},
    {Fault::no_content_range, ErrorKind::corrupt, Retry::until_deadline, "a 206 reply without a usable Content-Range"},
    {Fault::other_range, ErrorKind::corrupt, Retry::until_deadline,
     "the reply contains bytes other than those requested"},
    {Fault::no_total, ErrorKind::corrupt, Retry::until_deadline,
     "the server does not send the size of the file (Content-Range with '*')"},
    {Fault::same_size_416, ErrorKind::corrupt, Retry::until_deadline,
     "the server answered 416 to a range inside the file, whose size is unchanged"},
    {Fault::unknown_size_416, ErrorKind::corrupt, Retry::until_deadline,
     "the server answered 416 and does not send the size of the file"},
    {Fault::other_size_416, ErrorKind::changed, Retry::never,
     "the server answered 416: the file has changed on the server"},
    {Fault::changed, ErrorKind::changed, Retry::never, "the file has changed on the server"},
    {Fault::mirror_says_less, ErrorKind::corrupt, Retry::until_deadline,
     "the reply has no entity tag or time to compare with those of the other addresses"},
    {Fault::mirror_says_more, ErrorKind::changed, Retry::never,
     "the mirror sends an entity tag or time that the first address does not send, so changes could not be detected"},
    {Fault::page_not_file, ErrorKind::unsupported, Retry::never,
     "the server sent a page (text/html), not a file; end the URL of a folder with /, or log in"},
    {Fault::no_ranges, ErrorKind::only_whole, Retry::never,
     "the server does not serve ranges; rimfs fetch copies the file, and a mount with --cache-dir and --whole-file "
     "allow downloads it when it is read"},
    {Fault::no_ranges_no_size, ErrorKind::only_whole, Retry::never,
     "the server does not serve ranges and does not send the size of the file; put a server before it that does"},
    {Fault::no_place, ErrorKind::only_whole, Retry::never,
     "the server does not serve ranges, and there is no place for a download: the disk cache cannot be used"},
    {Fault::no_head, ErrorKind::corrupt, Retry::until_deadline, "a body without a final status"},
    {Fault::long_head, ErrorKind::corrupt, Retry::until_deadline, "the reply's head is too long"},
    {Fault::short_body, ErrorKind::corrupt, Retry::until_deadline, "the body ended too soon"},
    {Fault::long_body, ErrorKind::corrupt, Retry::until_deadline, "the body is longer than requested"},
    {Fault::too_slow, ErrorKind::timed_out, Retry::until_deadline, "the reply stalled or is too slow"},
    {Fault::too_late, ErrorKind::timed_out, Retry::never, "the reply was not finished in the time allowed"},
    {Fault::redirect_without_target, ErrorKind::corrupt, Retry::until_deadline, "a redirect without a Location"},
    {Fault::redirect_elsewhere, ErrorKind::corrupt, Retry::until_deadline,
     "a redirect to a URL that is not http or https"},
    {Fault::redirect_to_plain, ErrorKind::denied, Retry::never, "the server redirects from https to http; refused"},
    {Fault::redirect_of_post, ErrorKind::denied, Retry::never,
     "the server redirects a login or call to another server; refused, because it would receive the credentials"},
    {Fault::redirect_too_often, ErrorKind::unreachable, Retry::briefly, "too many redirects"},
    {Fault::certificate, ErrorKind::denied, Retry::never, "the server's certificate is not accepted"},
    {Fault::tls_version, ErrorKind::denied, Retry::never, "the server supports no version of TLS that is allowed"},
    {Fault::local, ErrorKind::system, Retry::briefly, "a local failure"},
};

/// The first row that applies; null when there is none.
const StatusRow* row_of(std::span<const StatusRow> rows, int status, Situation situation) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const StatusRow& row) {
    return row.first <= status && status <= row.last && applies(row.when, situation);
  });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

Rejection of_status(int status, Situation situation) {
  const StatusRow* row = situation.server_kind ? row_of(situation.server_kind->statuses, status, situation) : nullptr;
  if (!row) row = row_of(kStatuses, status, situation);
  if (!row) return rejection(ErrorKind::corrupt, Retry::until_deadline, "not an HTTP status");
  std::string reason = fmt::format("the server answered {}", status);
  if (*row->meaning) reason += fmt::format(" ({})", row->meaning);
  Rejection found = rejection(row->kind, row->retry, std::move(reason));
  found.renews_login = status == 401 || status == 403;
  return found;
}

Rejection of_code(int code, std::string_view text, Situation situation) {
  for (const CodeRow& row : kCodes) {
    if (row.code == code && applies(row.when, situation)) {
      return rejection(row.kind, row.retry, std::string(text) + row.advice);
    }
  }
  return rejection(kOtherCode.kind, kOtherCode.retry, std::string(text));
}

Rejection of_fault(Fault fault, std::string_view detail) {
  for (const FaultRow& row : kFaults) {
    if (row.fault != fault) continue;
    std::string reason = row.sentence;
    if (!detail.empty()) reason += fmt::format(": {}", detail);
    Rejection found = rejection(row.kind, row.retry, std::move(reason));
    found.renews_login = fault == Fault::page || fault == Fault::page_not_file;
    return found;
  }
  return rejection(ErrorKind::corrupt, Retry::until_deadline, std::string(detail));
}

}  // namespace rimfs::http
