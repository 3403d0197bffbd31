// SPDX-License-Identifier: MIT
// A range that is the whole file, answered with 200: the one exception of check_range_reply().
#include <doctest/doctest.h>

#include "../reactor/drive.h"
#include "http/client.h"
#include "http/reply.h"
#include "http/resource.h"
#include "reactor/virtual_time.h"
#include "scripted_transport.h"

namespace rimfs::http {
namespace {

TEST_CASE("a 200 is accepted when the requested range is the whole file") {
  // vSphere's /folder answers such a range so (clients of vCenter 7 and 8 report it); RFC 9110, section 14.2, allows
  // it.
  const Identity plain{ByteCount{100}, "", ""};
  const Identity tagged{ByteCount{100}, "\"t\"", ""};
  const ByteRange whole{Offset{0}, Offset{100}};
  ReplyHead good;
  good.status = 200;
  good.content_length = 100;
  CHECK_FALSE(check_range_reply(good, whole, plain));
  SUBCASE("also when only the body can show its length") {
    good.content_length.reset();
    CHECK_FALSE(check_range_reply(good, whole, plain));
  }
  SUBCASE("with the file's own strong tag") {
    CHECK(check_range_reply(good, whole, tagged));
    good.etag = "\"t\"";
    CHECK_FALSE(check_range_reply(good, whole, tagged));
    good.etag = "\"u\"";
    CHECK(check_range_reply(good, whole, tagged)->kind == ErrorKind::changed);
  }
  SUBCASE("not for a range that starts inside or ends before the end") {
    CHECK(check_range_reply(good, {Offset{1}, Offset{100}}, plain)->kind == ErrorKind::corrupt);
    CHECK(check_range_reply(good, {Offset{0}, Offset{99}}, plain)->kind == ErrorKind::corrupt);
  }
  SUBCASE("not with another length, another time, a page, a coding or a range") {
    void (*const spoils[])(ReplyHead&) = {
        [](ReplyHead& h) { h.content_length = 99; },        [](ReplyHead& h) { h.content_length = 101; },
        [](ReplyHead& h) { h.content_type = "text/html"; }, [](ReplyHead& h) { h.content_encoding = "gzip"; },
        [](ReplyHead& h) { h.multipart = true; },           [](ReplyHead& h) { h.content_range = "bytes 0-99/100"; },
        [](ReplyHead& h) { h.malformed = true; },
    };
    for (const auto spoil : spoils) {
      ReplyHead head = good;
      spoil(head);
      CHECK(check_range_reply(head, whole, plain));
    }
    const Identity dated{ByteCount{100}, "", "Mon, 01 Jan 2024 00:00:00 GMT"};
    good.last_modified = "Tue, 02 Jan 2024 00:00:00 GMT";
    CHECK(check_range_reply(good, whole, dated));
  }
}

TEST_CASE("a mirror's 200 is compared with the first address as strictly as its 206") {
  reactor::VirtualTime time;
  reactor::EventLoop loop(&time);
  ScriptedTransport transport(loop, [](const Exchange&) { return ScriptedReply::failure(503); });
  Log log = Log::silent();
  const Options options;
  Client client(loop, transport, options, log, Jitter(1));
  const auto access = std::make_shared<const ServerAccess>();
  std::vector<Address> addresses{{"https://one/file", access}, {"https://two/file", access}};
  Host& host = client.host_of(addresses.front());
  const Identity dated{ByteCount{100}, "", "Mon, 01 Jan 2024 00:00:00 GMT"};
  Resource resource(std::move(addresses), dated, host);
  resource.pass_over({resource.address(loop.now()).id().place}, loop.now());
  const Address& mirror = resource.address(loop.now());
  CHECK(mirror.given() == "https://two/file");
  for (const int status : {200, 206}) {
    CAPTURE(status);
    ReplyHead head;
    head.status = status;
    head.content_length = 100;
    CHECK(resource.check_mirror(mirror, head));  // it has no time to compare
    head.last_modified = dated.last_modified;
    CHECK_FALSE(resource.check_mirror(mirror, head));
  }
}

}  // namespace
}  // namespace rimfs::http
