// SPDX-License-Identifier: MIT
#include "http/failures.h"

#include <doctest/doctest.h>

#include "http/curl.h"
#include "http/server_kind.h"

using namespace rimfs;
using namespace rimfs::http;

namespace {

Retry retry(const Rejection& rejection) {
  if (!rejection.retry) return Retry::never;
  return rejection.briefly ? Retry::briefly : Retry::until_deadline;
}

constexpr Situation kNew{};
constexpr Situation kServed{.served = true};
constexpr Situation kFirstLook{.first_look = true};
constexpr Situation kRedirected{.redirected = true};

}  // namespace

// Sources: see failures.cc.
TEST_CASE("each status has one meaning") {
  struct Row {
    int status;
    Situation situation;
    ErrorKind kind;
    Retry retry;
  };
  const Row rows[] = {
      {0, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {99, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {101, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {203, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {204, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {205, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {300, kNew, ErrorKind::unsupported, Retry::never},
      {304, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {400, kNew, ErrorKind::unsupported, Retry::never},
      {400, kServed, ErrorKind::unsupported, Retry::briefly},
      {300, kServed, ErrorKind::unsupported, Retry::briefly},
      {305, kServed, ErrorKind::unsupported, Retry::briefly},
      {304, kServed, ErrorKind::corrupt, Retry::until_deadline},
      {401, kServed, ErrorKind::denied, Retry::never},
      {403, kServed, ErrorKind::denied, Retry::never},
      {404, kNew, ErrorKind::missing, Retry::never},
      {404, kServed, ErrorKind::missing, Retry::briefly},
      {402, kServed, ErrorKind::unsupported, Retry::briefly},
      {405, kNew, ErrorKind::unsupported, Retry::never},
      {405, kServed, ErrorKind::unsupported, Retry::briefly},
      {407, kServed, ErrorKind::denied, Retry::never},
      {408, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {409, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {410, kServed, ErrorKind::missing, Retry::never},
      {412, kServed, ErrorKind::corrupt, Retry::until_deadline},
      {421, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {423, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {425, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {429, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {418, kServed, ErrorKind::unsupported, Retry::briefly},
      {451, kNew, ErrorKind::unsupported, Retry::never},
      {451, kServed, ErrorKind::unsupported, Retry::briefly},
      {499, kServed, ErrorKind::unsupported, Retry::briefly},
      {500, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {500, kServed, ErrorKind::unreachable, Retry::until_deadline},
      {501, kNew, ErrorKind::unsupported, Retry::never},
      {501, kServed, ErrorKind::unsupported, Retry::briefly},
      {502, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {503, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {504, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {505, kNew, ErrorKind::unsupported, Retry::never},
      {505, kServed, ErrorKind::unsupported, Retry::briefly},
      {507, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {511, kNew, ErrorKind::denied, Retry::briefly},
      {520, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {522, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {524, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {526, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {530, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {600, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {999, kNew, ErrorKind::corrupt, Retry::until_deadline},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.situation.served);
    const Rejection found = of_status(row.status, row.situation);
    CHECK(found.kind == row.kind);
    CHECK(retry(found) == row.retry);
    CHECK(found.renews_login == (row.status == 401 || row.status == 403));
    CHECK(found.reason.find(std::to_string(row.status)) != std::string::npos);
  }
}

TEST_CASE("what a kind of servers means by a status comes before what others mean") {
  constexpr StatusRow kRows[] = {
      {404, 404, When::unserved, ErrorKind::denied, Retry::briefly, "hidden"},
      {500, 503, When::served, ErrorKind::system, Retry::never, ""},
  };
  const ServerKind kind{.serves = nullptr, .statuses = kRows};
  struct Row {
    int status;
    bool served;
    ErrorKind kind;
    Retry retry;
    const char* reason;
  };
  const Row rows[] = {
      {404, false, ErrorKind::denied, Retry::briefly, "the server answered 404 (hidden)"},
      {404, true, ErrorKind::missing, Retry::briefly, "the server answered 404 (no such file)"},
      {499, true, ErrorKind::unsupported, Retry::briefly, "the server answered 499"},
      {500, true, ErrorKind::system, Retry::never, "the server answered 500"},
      {503, true, ErrorKind::system, Retry::never, "the server answered 503"},
      {503, false, ErrorKind::unreachable, Retry::until_deadline, "the server answered 503"},
      {504, true, ErrorKind::unreachable, Retry::until_deadline, "the server answered 504"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.served);
    const Rejection found = of_status(row.status, {.served = row.served, .server_kind = &kind});
    CHECK(found.kind == row.kind);
    CHECK(retry(found) == row.retry);
    CHECK(found.reason == row.reason);
  }
}

TEST_CASE("each end of a transfer has one meaning, and misuse is only an error of the user") {
  struct Row {
    CURLcode code;
    Situation situation;
    ErrorKind kind;
    Retry retry;
  };
  const Row rows[] = {
      {CURLE_COULDNT_CONNECT, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_COULDNT_CONNECT, kFirstLook, ErrorKind::unreachable, Retry::never},
      {CURLE_COULDNT_RESOLVE_HOST, kServed, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_COULDNT_RESOLVE_HOST, kFirstLook, ErrorKind::unreachable, Retry::never},
      {CURLE_COULDNT_RESOLVE_PROXY, kFirstLook, ErrorKind::unreachable, Retry::never},
      {CURLE_SSL_CONNECT_ERROR, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_OPERATION_TIMEDOUT, kNew, ErrorKind::timed_out, Retry::until_deadline},
      {CURLE_GOT_NOTHING, kFirstLook, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_RECV_ERROR, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_SEND_ERROR, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_HTTP2, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_HTTP2_STREAM, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_PROXY, kNew, ErrorKind::unreachable, Retry::until_deadline},
      {CURLE_PARTIAL_FILE, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {CURLE_UNSUPPORTED_PROTOCOL, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {CURLE_WEIRD_SERVER_REPLY, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {CURLE_URL_MALFORMAT, kNew, ErrorKind::misuse, Retry::never},
      {CURLE_URL_MALFORMAT, kRedirected, ErrorKind::corrupt, Retry::until_deadline},
      {CURLE_PEER_FAILED_VERIFICATION, kServed, ErrorKind::denied, Retry::never},
      {CURLE_SSL_CERTPROBLEM, kNew, ErrorKind::denied, Retry::never},
      {CURLE_OUT_OF_MEMORY, kNew, ErrorKind::corrupt, Retry::until_deadline},
      {CURLE_WRITE_ERROR, kNew, ErrorKind::system, Retry::briefly},
      {CURLE_NOT_BUILT_IN, kNew, ErrorKind::system, Retry::never},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    const Rejection found = of_code(row.code, "libcurl's sentence", row.situation);
    CHECK(found.kind == row.kind);
    CHECK(retry(found) == row.retry);
    CHECK(found.reason.starts_with("libcurl's sentence"));
  }
}

TEST_CASE("each other fault has one meaning") {
  struct Row {
    Fault fault;
    ErrorKind kind;
    Retry retry;
  };
  const Row rows[] = {
      {Fault::whole_file, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::page, ErrorKind::corrupt, Retry::briefly},
      {Fault::encoded, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::transfer_coding, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::contradiction, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::malformed_head, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::multipart, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::no_content_range, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::other_range, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::no_total, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::same_size_416, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::unknown_size_416, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::other_size_416, ErrorKind::changed, Retry::never},
      {Fault::changed, ErrorKind::changed, Retry::never},
      {Fault::no_ranges, ErrorKind::only_whole, Retry::never},
      {Fault::no_ranges_no_size, ErrorKind::only_whole, Retry::never},
      {Fault::no_place, ErrorKind::only_whole, Retry::never},
      {Fault::no_head, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::long_head, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::short_body, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::long_body, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::too_slow, ErrorKind::timed_out, Retry::until_deadline},
      {Fault::too_late, ErrorKind::timed_out, Retry::never},
      {Fault::redirect_without_target, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::redirect_elsewhere, ErrorKind::corrupt, Retry::until_deadline},
      {Fault::redirect_to_plain, ErrorKind::denied, Retry::never},
      {Fault::redirect_of_post, ErrorKind::denied, Retry::never},
      {Fault::redirect_too_often, ErrorKind::unreachable, Retry::briefly},
      {Fault::local, ErrorKind::system, Retry::briefly},
  };
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.fault));
    const Rejection found = of_fault(row.fault, "its detail");
    CHECK(found.kind == row.kind);
    CHECK(retry(found) == row.retry);
    CHECK(found.renews_login == (row.fault == Fault::page));
    CHECK(found.reason.ends_with(": its detail"));
    CHECK(found.reason.size() > 20);
  }
}
