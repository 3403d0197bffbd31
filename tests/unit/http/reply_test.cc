// SPDX-License-Identifier: MIT
#include "http/reply.h"

#include <doctest/doctest.h>

#include <vector>

using namespace rimfs;
using namespace rimfs::http;

namespace {

constexpr ByteRange kAsked{Offset{100}, Offset{200}};
const Identity kFile{ByteCount{1000}, "\"v1\"", "Mon, 01 Jan 2024 00:00:00 GMT"};

ReplyHead good_reply() {
  ReplyHead head;
  head.status = 206;
  head.content_range = "bytes 100-199/1000";
  head.content_length = 100;
  head.etag = "\"v1\"";
  head.last_modified = kFile.last_modified;
  return head;
}

}  // namespace

TEST_CASE("a 206 with the range that was asked for is accepted") {
  CHECK_FALSE(check_range_reply(good_reply(), kAsked, kFile));
}

TEST_CASE("a reply that contradicts the request is rejected before its body is used") {
  struct Row {
    const char* title;
    void (*spoil)(ReplyHead&);
    ErrorKind kind;
    bool retry;
  };
  const Row rows[] = {
      {"200 with the whole file", [](ReplyHead& h) { h.status = 200; }, ErrorKind::corrupt, true},
      {"200 with another strong tag: If-Range did not match",
       [](ReplyHead& h) {
         h.status = 200;
         h.etag = "\"v2\"";
       },
       ErrorKind::changed, false},
      {"200 without a tag: a login page",
       [](ReplyHead& h) {
         h.status = 200;
         h.etag.clear();
       },
       ErrorKind::corrupt, true},
      {"no Content-Range", [](ReplyHead& h) { h.content_range.reset(); }, ErrorKind::corrupt, true},
      {"a shifted range", [](ReplyHead& h) { h.content_range = "bytes 101-200/1000"; }, ErrorKind::corrupt, true},
      {"an open range", [](ReplyHead& h) { h.content_range = "bytes */1000"; }, ErrorKind::corrupt, true},
      {"a shorter range", [](ReplyHead& h) { h.content_range = "bytes 100-150/1000"; }, ErrorKind::corrupt, true},
      {"a length that contradicts", [](ReplyHead& h) { h.content_length = 99; }, ErrorKind::corrupt, true},
      {"gzip", [](ReplyHead& h) { h.content_encoding = "gzip"; }, ErrorKind::corrupt, true},
      {"another total", [](ReplyHead& h) { h.content_range = "bytes 100-199/1001"; }, ErrorKind::changed, false},
      {"another ETag", [](ReplyHead& h) { h.etag = "\"v2\""; }, ErrorKind::changed, false},
      {"412, though no precondition was sent", [](ReplyHead& h) { h.status = 412; }, ErrorKind::corrupt, true},
      {"416 with the size that the file had",
       [](ReplyHead& h) {
         h.status = 416;
         h.content_range = "bytes */1000";
       },
       ErrorKind::corrupt, true},
      {"416 without a size",
       [](ReplyHead& h) {
         h.status = 416;
         h.content_range.reset();
       },
       ErrorKind::corrupt, true},
      {"416 with another size",
       [](ReplyHead& h) {
         h.status = 416;
         h.content_range = "bytes */150";
       },
       ErrorKind::changed, false},
      {"401", [](ReplyHead& h) { h.status = 401; }, ErrorKind::denied, false},
      {"403", [](ReplyHead& h) { h.status = 403; }, ErrorKind::denied, false},
      {"404", [](ReplyHead& h) { h.status = 404; }, ErrorKind::missing, false},
      {"429", [](ReplyHead& h) { h.status = 429; }, ErrorKind::unreachable, true},
      {"503", [](ReplyHead& h) { h.status = 503; }, ErrorKind::unreachable, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    ReplyHead head = good_reply();
    row.spoil(head);
    const auto rejection = check_range_reply(head, kAsked, kFile);
    REQUIRE(rejection);
    CHECK(rejection->kind == row.kind);
    CHECK(rejection->retry == row.retry);
    CHECK_FALSE(rejection->reason.empty());
  }
}

TEST_CASE("a page of HTML instead of a range asks for another login") {
  ReplyHead head = good_reply();
  head.status = 200;
  head.etag.clear();
  for (const char* type : {"text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml"}) {
    CAPTURE(type);
    head.content_type = type;
    CHECK(check_range_reply(head, kAsked, kFile)->renews_login);
  }
  head.content_type = "application/octet-stream";
  CHECK_FALSE(check_range_reply(head, kAsked, kFile)->renews_login);
}

TEST_CASE("only Content-Length alone frames a body before its end") {
  struct Row {
    const char* title;
    std::vector<const char*> lines;
    bool framed;
    bool accepted;
  };
  // RFC 9112, section 6.3.
  const Row rows[] = {
      {"a length", {"Content-Length: 5"}, true, true},
      {"the same length twice", {"Content-Length: 5", "content-length: 5"}, true, true},
      {"a list of equal lengths", {"Content-Length: 5, 5"}, true, true},
      {"two lengths", {"Content-Length: 5", "Content-Length: 6"}, false, false},
      {"two lengths, and the first again",
       {"Content-Length: 5", "Content-Length: 6", "Content-Length: 5"},
       false,
       false},
      {"a list of lengths", {"Content-Length: 5, 6"}, false, false},
      {"no number", {"Content-Length: five"}, false, false},
      {"a signed number", {"Content-Length: +5"}, false, false},
      {"a hexadecimal number", {"Content-Length: 0x5"}, false, false},
      {"nothing", {}, false, true},
      {"chunks", {"Transfer-Encoding: chunked"}, false, true},
      {"chunks beside a length", {"Content-Length: 5", "Transfer-Encoding: chunked"}, false, true},
      {"chunks before a length", {"Transfer-Encoding: Chunked", "Content-Length: 5"}, false, true},
      {"an empty coding beside a length", {"Content-Length: 5", "Transfer-Encoding:"}, false, true},
      {"chunks twice", {"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, false, false},
      {"gzip", {"Content-Length: 5", "Transfer-Encoding: gzip, chunked"}, false, false},
      {"two ranges", {"Content-Length: 5", "Content-Range: bytes 0-4/9", "Content-Range: bytes 1-5/9"}, false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    ReplyHead head;
    for (const char* line : row.lines) head.add_line(line);
    CHECK(head.framed_by_length() == row.framed);
    CHECK(!check_framing(head).has_value() == row.accepted);
  }
}

TEST_CASE("Content-Range is read strictly") {
  CHECK(parse_content_range("bytes 0-0/1")->range == ByteRange{{0}, {1}});
  CHECK(parse_content_range("bytes 0-99/*")->range == ByteRange{{0}, {100}});
  CHECK_FALSE(parse_content_range("bytes 0-99/*")->total);
  CHECK(parse_content_range("bytes */200")->total == ByteCount{200});
  for (const char* bad : {"", "bytes", "bytes 5-4/10", "bytes 0-10/10", "bytes 0-9/10 ", "bytes -1-9/10",
                          "items 0-9/10", "bytes 0-18446744073709551615/*", "bytes 0-9", "bytes 0-9/x"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_content_range(bad));
  }
}

TEST_CASE("header names match in any case and values are trimmed") {
  ReplyHead head;
  head.add_line("etag:  \"x\" \r\n");
  head.add_line("CONTENT-LENGTH: 12\r\n");
  head.add_line("Retry-After: 7\r\n");
  CHECK(head.etag == "\"x\"");
  CHECK(head.content_length == 12u);
  CHECK(head.retry_after == std::chrono::seconds(7));
}

TEST_CASE("what a file is, is read from the reply to a request for its first byte") {
  std::optional<Identity> identity;
  ReplyHead head;
  head.status = 206;
  head.content_range = "bytes 0-0/4096";
  head.etag = "\"t\"";
  CHECK_FALSE(identify(head, identity));
  REQUIRE(identity);
  CHECK(identity->size == ByteCount{4096});

  SUBCASE("an empty file answers 416 or an empty 200") {
    for (int status : {416, 200}) {
      identity.reset();
      head.status = status;
      head.content_range = status == 416 ? std::optional<std::string>("bytes */0") : std::nullopt;
      head.content_length = 0;
      identify(head, identity);
      REQUIRE(identity);
      CHECK(identity->size == ByteCount{0});
    }
  }
  SUBCASE("a server without ranges is unsupported, not a file") {
    identity.reset();
    head.status = 200;
    head.content_length = 4096;
    CHECK(identify(head, identity)->kind == ErrorKind::unsupported);
    CHECK_FALSE(identity);
  }
}
