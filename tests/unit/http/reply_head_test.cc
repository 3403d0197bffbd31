// SPDX-License-Identifier: MIT
#include "http/reply.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

using namespace rimfs;
using namespace rimfs::http;

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
      {"an empty element", {"Content-Encoding: gzip, ,"}, false, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    ReplyHead head;
    for (const char* line : row.lines) head.add_line(line);
    CHECK(head.contradictory == row.contradictory);
    CHECK(check_framing(head).has_value() == row.contradictory);
    CHECK(head.coding() == (row.encoded ? "gzip" : ""));
  }
}

TEST_CASE("a content coding that is no token makes the head unusable") {
  for (const char* line :
       {"Content-Encoding: g\x1bzip", "Content-Encoding: gzip; q=1", "Content-Encoding: gzip, \"x\""}) {
    CAPTURE(std::string(line));
    ReplyHead head;
    head.add_line(line);
    CHECK(head.malformed);
    CHECK(check_framing(head));
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
