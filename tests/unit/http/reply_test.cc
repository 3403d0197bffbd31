// SPDX-License-Identifier: MIT
#include "http/reply.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

using namespace rimfs;
using namespace rimfs::http;

namespace {

constexpr ByteRange kAsked{Offset{100}, Offset{200}};
const Identity kFile{ByteCount{1000}, "\"v1\"", "Mon, 01 Jan 2024 00:00:00 GMT", {}, ""};

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

TEST_CASE("a content coding that the server stores is part of the file, and no other is") {
  ReplyHead head = good_reply();
  head.content_encoding = "X-GZip";
  Identity file = kFile;
  CHECK(check_range_reply(head, kAsked, file));
  file.coding = "gzip";
  CHECK_FALSE(check_range_reply(head, kAsked, file));
  CHECK(check_range_reply(good_reply(), kAsked, file));
  file.coding.reset();  // nothing has told yet
  CHECK_FALSE(check_range_reply(head, kAsked, file));

  head.content_range = "bytes 0-0/1000";
  head.content_length = 1;
  std::optional<Identity> found;
  CHECK_FALSE(identify(head, found));
  REQUIRE(found);
  CHECK(found->coding == "gzip");
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

TEST_CASE("a reply with bytes that were not requested needs a validator of the file: it may be another request's") {
  const ByteRange asked{Offset{100}, Offset{200}};
  ReplyHead longer;
  longer.status = 206;
  longer.content_range = "bytes 50-299/1000";
  longer.content_length = 250;
  const Identity dated{ByteCount{1000}, "", "Mon, 01 Jan 2024 00:00:00 GMT"};
  const auto kind = [&](const Identity& file) {
    const auto rejection = check_range_reply(longer, asked, file);
    return rejection ? std::optional(rejection->kind) : std::nullopt;
  };
  CHECK(kind(dated) == ErrorKind::corrupt);
  CHECK(kind({ByteCount{1000}, "", ""}) == ErrorKind::corrupt);
  longer.last_modified = dated.last_modified;
  CHECK(kind(dated) == std::nullopt);
  longer.etag = "\"of another file\"";
  CHECK(kind({ByteCount{1000}, "\"v1\"", dated.last_modified}) == ErrorKind::corrupt);
  longer.content_range = "bytes 100-199/1000";  // the requested range: now it is a change
  longer.content_length = 100;
  CHECK(kind({ByteCount{1000}, "\"v1\"", dated.last_modified}) == ErrorKind::changed);
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
  SUBCASE("a server without ranges is refused, and its file is not known") {
    identity.reset();
    head.status = 200;
    head.content_length = 4096;
    CHECK(identify(head, identity)->kind == ErrorKind::only_whole);
    CHECK_FALSE(identity);
  }
}
