// SPDX-License-Identifier: MIT
#include "http/reply.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

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

TEST_CASE("a 206 with the requested range is accepted") { CHECK_FALSE(check_range_reply(good_reply(), kAsked, kFile)); }

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
      {"200 with the tag weakened by a proxy, which If-Range does not match",
       [](ReplyHead& h) {
         h.status = 200;
         h.etag = "W/\"v1\"";
       },
       ErrorKind::corrupt, true},
      {"200 with another tag, weakened",
       [](ReplyHead& h) {
         h.status = 200;
         h.etag = "W/\"v2\"";
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
      {"bytes before the range only", [](ReplyHead& h) { h.content_range = "bytes 0-99/1000"; }, ErrorKind::corrupt,
       true},
      {"a shorter range with the length of the longer one",
       [](ReplyHead& h) { h.content_range = "bytes 100-150/1000"; }, ErrorKind::corrupt, true},
      {"a length that contradicts", [](ReplyHead& h) { h.content_length = 99; }, ErrorKind::corrupt, true},
      {"gzip", [](ReplyHead& h) { h.content_encoding = "gzip"; }, ErrorKind::corrupt, true},
      {"gzip, then identity", [](ReplyHead& h) { h.content_encoding = "gzip, identity"; }, ErrorKind::corrupt, true},
      {"several parts", [](ReplyHead& h) { h.multipart = true; }, ErrorKind::corrupt, true},
      {"another total, in a head that contradicts itself",
       [](ReplyHead& h) {
         h.content_range = "bytes 100-199/1001";
         h.contradictory = true;
       },
       ErrorKind::corrupt, true},
      {"another ETag, in a head with a line that is no header",
       [](ReplyHead& h) {
         h.etag = "\"v2\"";
         h.malformed = true;
       },
       ErrorKind::corrupt, true},
      {"416 with another size, in a head that contradicts itself",
       [](ReplyHead& h) {
         h.status = 416;
         h.content_range = "bytes */150";
         h.contradictory = true;
       },
       ErrorKind::corrupt, true},
      {"401, though the head contradicts itself",
       [](ReplyHead& h) {
         h.status = 401;
         h.contradictory = true;
       },
       ErrorKind::denied, false},
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

TEST_CASE("a 206 with another part of the file is used as far as it has the range") {
  // RFC 9110, section 15.3.7: a server may send only a part of the range, or more.
  constexpr std::uint64_t kMiB = 1 << 20;
  const Identity file{ByteCount{100 * kMiB}, "\"v1\"", ""};
  const ByteRange asked{Offset{8 * kMiB}, Offset{9 * kMiB}};
  struct Row {
    const char* title;
    std::uint64_t first, last;
    bool framed;
    std::optional<BodyPart> part;
  };
  const Row rows[] = {
      {"all of it", 8 * kMiB, 9 * kMiB - 1, true, BodyPart{{}, {kMiB}, {}}},
      {"its beginning", 8 * kMiB, 8 * kMiB + 65'535, true, BodyPart{{}, {65'536}, {}}},
      {"one byte", 8 * kMiB, 8 * kMiB, false, BodyPart{{}, {1}, {}}},
      {"all up to the end of the file", 8 * kMiB, 100 * kMiB - 1, true, BodyPart{{}, {kMiB}, {91 * kMiB}}},
      {"the same, where only the end of the body proves it", 8 * kMiB, 100 * kMiB - 1, false, std::nullopt},
      {"a little more, where only the end of the body proves it", 8 * kMiB, 10 * kMiB - 1, false,
       BodyPart{{}, {kMiB}, {kMiB}}},
      {"a block that begins before it", 7 * kMiB, 9 * kMiB - 1, true, BodyPart{{kMiB}, {kMiB}, {}}},
      {"a block that begins before it and ends in it", 8 * kMiB - 1, 8 * kMiB, true, BodyPart{{1}, {1}, {}}},
      {"too much before it", 7 * kMiB - 1, 9 * kMiB - 1, true, std::nullopt},
      {"its end", 8 * kMiB + 1, 9 * kMiB - 1, true, std::nullopt},
      {"what follows it", 9 * kMiB, 10 * kMiB - 1, true, std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    ReplyHead head;
    head.status = 206;
    head.content_range = fmt::format("bytes {}-{}/{}", row.first, row.last, file.size.value);
    if (row.framed) head.content_length = row.last - row.first + 1;
    head.etag = file.etag;
    CHECK(!check_range_reply(head, asked, file).has_value() == row.part.has_value());
    if (!row.part) continue;
    const BodyPart part = part_of(head, asked);
    CHECK(part.before == row.part->before);
    CHECK(part.bytes == row.part->bytes);
    CHECK(part.after == row.part->after);
  }
}

TEST_CASE("an HTML page instead of a range triggers a renewal of the login") {
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

TEST_CASE("only Content-Length alone proves a body before its end") {
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

TEST_CASE("an invalid line makes the whole head unusable") {
  struct Row {
    const char* title;
    std::vector<std::string> lines;
    bool malformed;
  };
  const Row rows[] = {
      {"a header", {"X-Any: thing\r\n"}, false},
      {"a value that is empty", {"X-Any:\r\n"}, false},
      {"the end of the head", {"\r\n"}, false},
      {"a bare line feed", {"X-Any: thing\n", "\n"}, false},
      {"colons and tabs in the value", {"X-Any:\ta: b\tc\r\n"}, false},
      {"every sign that a name may have", {"!#$%&'*+-.^_`|~09azAZ: x\r\n"}, false},
      // RFC 9112, section 5.1: one reader strips the blank, libcurl sees no such header.
      {"a blank before the colon", {"Transfer-Encoding : chunked\r\n"}, true},
      {"a tab before the colon", {"Transfer-Encoding\t: chunked\r\n"}, true},
      // RFC 9112, section 5.2.
      {"a value that is folded", {"Transfer-Encoding:\r\n", " chunked\r\n"}, true},
      {"a header in a folded line", {"X-Any: thing\r\n", "\tTransfer-Encoding: chunked\r\n"}, true},
      {"a name over two lines", {"Transfer-\r\n", "Encoding: chunked\r\n"}, true},
      {"no colon", {"Segmentation fault\r\n"}, true},
      {"no name", {": x\r\n"}, true},
      {"a name with a slash", {"HTTP/1.1: 206\r\n"}, true},
      {"a name with a letter outside ASCII", {"Transf\xC3\xA9r: x\r\n"}, true},
      // RFC 9112, section 2.2, and RFC 9110, section 5.5.
      {"a lone CR", {"X-Any: a\rTransfer-Encoding: chunked\r\n"}, true},
      {"a NUL", {std::string("X-Any: a\0b\r\n", 12)}, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    ReplyHead head;
    head.add_line("Content-Length: 5\r\n");
    for (const std::string& line : row.lines) head.add_line(line);
    CHECK(head.malformed == row.malformed);
    CHECK(head.framed_by_length() == !row.malformed);
    CHECK(check_framing(head).has_value() == row.malformed);
  }
}

TEST_CASE("two different lines of one header are rejected, and no coding is lost") {
  struct Row {
    const char* title;
    std::vector<const char*> lines;
    bool contradictory;
    bool encoded;
  };
  const Row rows[] = {
      {"two tags", {"ETag: \"1\"", "ETag: \"2\""}, true, false},
      {"a tag and nothing", {"ETag: \"1\"", "ETag:"}, true, false},
      {"one tag twice", {"ETag: \"1\"", "etag: \"1\""}, false, false},
      {"two times", {"Last-Modified: Mon", "Last-Modified: Tue"}, true, false},
      {"two targets", {"Location: /a", "Location: /b"}, true, false},
      {"two cookies", {"Set-Cookie: a=1", "Set-Cookie: b=2"}, false, false},
      {"gzip", {"Content-Encoding: gzip"}, false, true},
      {"gzip, then identity", {"Content-Encoding: gzip", "Content-Encoding: identity"}, false, true},
      {"gzip, then nothing", {"Content-Encoding: gzip", "Content-Encoding:"}, false, true},
      {"identity, then gzip", {"Content-Encoding: identity", "Content-Encoding: gzip"}, false, true},
      {"a list", {"Content-Encoding: identity, gzip"}, false, true},
      {"identity twice", {"Content-Encoding: identity", "Content-Encoding: Identity"}, false, false},
      {"nothing", {"Content-Encoding:"}, false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    ReplyHead head;
    for (const char* line : row.lines) head.add_line(line);
    CHECK(head.contradictory == row.contradictory);
    CHECK(check_framing(head).has_value() == row.contradictory);
    CHECK(head.is_encoded() == row.encoded);
  }
}

// RFC 9110, section 15.3.7.2; the x- was there before RFC 2616.
TEST_CASE("a multipart reply is recognised in any header line") {
  for (const char* type : {"multipart/byteranges; boundary=x", "Multipart/ByteRanges", "multipart/x-byteranges"}) {
    CAPTURE(type);
    ReplyHead head;
    head.add_line(std::string("Content-Type: ") + type);
    head.add_line("Content-Type: application/octet-stream");
    CHECK(head.multipart);
  }
  ReplyHead head;
  head.add_line("Content-Type: multipart/related");  // of a file that somebody stored so
  CHECK_FALSE(head.multipart);
}

// RFC 9113, section 8.1.1.
TEST_CASE("in HTTP/2 a length proves nothing before the end of the stream") {
  ReplyHead head;
  head.framed_by_stream = true;
  head.add_line("content-length: 5");
  CHECK_FALSE(head.framed_by_length());
  CHECK_FALSE(check_framing(head));
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

TEST_CASE("the identity of a file is read from the reply to a request for its first byte") {
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
  SUBCASE("an invalid head describes no file") {
    void (*const spoils[])(ReplyHead&) = {
        [](ReplyHead& h) { h.contradictory = true; },
        [](ReplyHead& h) { h.malformed = true; },
        [](ReplyHead& h) { h.multipart = true; },
        [](ReplyHead& h) {
          h.status = 416;
          h.content_range = "bytes */0";
          h.contradictory = true;
        },
    };
    for (const auto spoil : spoils) {
      ReplyHead bad = head;
      spoil(bad);
      const auto rejection = identify(bad, identity);
      REQUIRE(rejection);
      CHECK(rejection->kind == ErrorKind::corrupt);
      CHECK_FALSE(identity);
    }
  }
  SUBCASE("a file of one byte may be answered with 200") {
    head = ReplyHead();
    head.status = 200;
    head.content_length = 1;
    CHECK_FALSE(identify(head, identity));
    REQUIRE(identity);
    CHECK(identity->size == ByteCount{1});
    head.content_type = "text/html";
    CHECK(identify(head, identity));
    CHECK_FALSE(identity);
  }
  SUBCASE("a server without ranges is unsupported, not a file") {
    identity.reset();
    head.status = 200;
    head.content_length = 4096;
    CHECK(identify(head, identity)->kind == ErrorKind::unsupported);
    CHECK_FALSE(identity);
  }
}
