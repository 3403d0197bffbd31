// SPDX-License-Identifier: MIT
// The probe of a file against servers that answer its first byte in ways of their own, and the reasons of refusals.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "../reactor/drive.h"
#include "catalog/source_kinds.h"
#include "http/client.h"
#include "reactor/virtual_time.h"
#include "scripted_transport.h"

namespace rimfs::http {
namespace {

using namespace std::chrono_literals;
using reactor::EventLoop;
using reactor::Task;

/// A reply of the test's server: the body's bytes do not matter, its length does.
ScriptedReply answer(int status, std::vector<std::string> headers, std::size_t body) {
  static const std::vector<std::byte> kBytes(10'000);
  ScriptedReply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  reply.body = std::span(kBytes).first(body);
  return reply;
}

struct Result {
  std::optional<Identity> identity;
  std::optional<Error> error;
  std::size_t requests = 0;
  EventLoop::Clock::duration took{};
};

Task<> probe_into(EventLoop& loop, Client& client, ScriptedTransport& transport, std::string url, bool whole_file,
                  Result& result) {
  auto access = std::make_shared<ServerAccess>();
  access->whole_file = whole_file;
  access->server_kinds = catalog::server_kinds();
  Address address(std::move(url), access);
  const auto begun = loop.now();
  try {
    result.identity = co_await client.probe(address);
  } catch (const Error& error) {
    result.error = error;
  }
  result.took = loop.now() - begun;
  client.cancel_all();
  loop.wake_sleepers();
  co_await client.close();
  co_await transport.closed();
}

/// Probes a file of this server.
Result probe(const ScriptedTransport::Server& server, const std::string& url = "https://server/file",
             bool whole_file = false) {
  reactor::VirtualTime time;
  EventLoop loop(&time);
  ScriptedTransport transport(loop, server);
  Options options;
  options.retry_deadline = 20s;
  Log log = Log::silent();
  Client client(loop, transport, options, log, Jitter(1));
  Result result;
  reactor::drive(loop, probe_into(loop, client, transport, url, whole_file, result));
  result.requests = transport.started();
  return result;
}

/// Probes a file of a server that gives these replies, each once and the last one to all further requests.
Result probe(const std::vector<ScriptedReply>& replies, const std::string& url = "https://server/file") {
  std::size_t next = 0;
  return probe([&](const Exchange&) { return replies[std::min(next++, replies.size() - 1)]; }, url);
}

TEST_CASE("small files are found whatever the server answers to a range of them") {
  struct Row {
    const char* title;
    std::vector<ScriptedReply> replies;
    std::uint64_t size;
  };
  const ScriptedReply refused = answer(416, {"Content-Length: 0"}, 0);
  const Row rows[] = {
      {"416 with the size", {answer(416, {"Content-Range: bytes */0", "Content-Length: 0"}, 0)}, 0},
      {"416 without it, and the whole file is empty", {refused, answer(200, {"Content-Length: 0"}, 0)}, 0},
      {"the same without a length", {refused, answer(200, {}, 0)}, 0},
      {"200 with no body", {answer(200, {"Content-Length: 0"}, 0)}, 0},
      {"200 with one byte", {answer(200, {"Content-Length: 1"}, 1)}, 1},
      {"200 with one byte and no length", {answer(200, {}, 1)}, 1},
      {"200 without a length, cut, and then one byte", {answer(200, {}, 0), answer(200, {}, 1)}, 1},
      {"200 with the whole of a larger file, and a range when it is asked again",
       {answer(200, {"Content-Length: 4096"}, 4096),
        answer(206, {"Content-Range: bytes 0-0/4096", "Content-Length: 1"}, 1)},
       4096},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.title));
    const Result result = probe(row.replies);
    REQUIRE_MESSAGE(result.identity, (result.error ? result.error->message() : ""));
    CHECK(result.identity->size == ByteCount{row.size});
    CHECK(result.requests <= 3);
  }
}

TEST_CASE("a server without ranges is refused after a second question, and its body is not read") {
  for (const bool length : {true, false}) {
    CAPTURE(length);
    const std::vector<std::string> headers =
        length ? std::vector<std::string>{"Content-Length: 4096"} : std::vector<std::string>();
    const Result result = probe({answer(200, headers, 4096)});
    REQUIRE(result.error);
    CAPTURE(result.error->message());
    CHECK(result.error->kind() == ErrorKind::only_whole);
    CHECK(result.error->message().find("ranges") != std::string::npos);
    CHECK(result.requests <= 4);
  }
}

/// A server with a file of kSize bytes that does one thing in its own way.
struct OddServer {
  static constexpr std::uint64_t kSize = 2097152;

  std::optional<ScriptedReply> first_byte = {};  ///< The answer to a range from 0; otherwise it is right.
  std::optional<ScriptedReply> head = {};        ///< The answer to HEAD.
  std::optional<ScriptedReply> other = {};       ///< The answer to any other range.
  std::uint64_t says = kSize;                    ///< The size in Content-Length.
  std::string total = std::to_string(kSize);     ///< The size in Content-Range.
  int past_end = 416;                            ///< The answer to a range behind the end.

  ScriptedReply operator()(const Exchange& exchange) const {
    const Request& request = exchange.request();
    if (request.head_only && head) return *head;
    if (!request.range) return answer(200, {fmt::format("Content-Length: {}", says)}, request.head_only ? 0 : kSize);
    const ByteRange range = *request.range;
    if (range.begin.value == 0 && first_byte) return *first_byte;
    if (range.begin.value >= kSize) return answer(past_end, {"Content-Length: 0"}, 0);
    if (range.begin.value > 0 && other) return *other;
    return answer(206,
                  {fmt::format("Content-Range: bytes {}-{}/{}", range.begin.value, range.end.value - 1, total),
                   fmt::format("Content-Length: {}", range.size().value)},
                  range.size().value);
  }
};

const ScriptedReply kWhole200 = answer(200, {"Content-Length: 2097152"}, OddServer::kSize);
const ScriptedReply kWhole206 =
    answer(206, {"Content-Range: bytes 0-2097151/2097152", "Content-Length: 2097152"}, OddServer::kSize);
const ScriptedReply kBare416 = answer(416, {"Content-Length: 0"}, 0);

TEST_CASE("a file whose ranges are served is found, however its first byte is answered") {
  struct Row {
    const char* title;
    OddServer server;
    std::size_t requests;
  };
  const ScriptedReply chunked = answer(200, {"Transfer-Encoding: chunked"}, OddServer::kSize);
  const ScriptedReply no_total = answer(206, {"Content-Range: bytes 0-0/*", "Content-Length: 1"}, 1);
  const Row rows[] = {
      {"as RFC 9110 has it", {}, 1},
      {"bytes 0-0/*, the size from HEAD", {.total = "*"}, 4},
      {"the same where HEAD is refused, as by presigned URLs", {.head = ScriptedReply::failure(403), .total = "*"}, 5},
      {"the same where HEAD is an error", {.head = ScriptedReply::failure(500), .total = "*"}, 5},
      {"the same where HEAD has no length", {.head = answer(200, {}, 0), .total = "*"}, 5},
      {"the same where the byte behind the end is answered 200", {.total = "*", .past_end = 200}, 4},
      {"the first byte alone without the size", {.first_byte = no_total}, 3},
      {"the range of the whole file", {.first_byte = kWhole206}, 2},
      {"200, because a range from 0 is the whole file for it", {.first_byte = kWhole200}, 3},
      {"200 without a length, and a GET has one", {.first_byte = chunked}, 4},
      {"200 with another length, such as that of a compressed form",
       {.first_byte = answer(200, {"Content-Length: 999"}, 999)},
       4},
      {"416 without the size", {.first_byte = kBare416}, 3},
      {"416 with the size", {.first_byte = answer(416, {"Content-Range: bytes */2097152", "Content-Length: 0"}, 0)}, 2},
      {"a blank and a semicolon", {.first_byte = answer(206, {"Content-Range: Bytes=0-0 / 2097152;"}, 1)}, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.title));
    const Result result = probe(row.server);
    REQUIRE_MESSAGE(result.identity, (result.error ? result.error->message() : ""));
    CHECK(result.identity->size == ByteCount{OddServer::kSize});
    CHECK(result.requests == row.requests);
  }
}

TEST_CASE("a file is refused when its ranges or its size cannot be proven") {
  struct Row {
    const char* title;
    OddServer server;
    const char* says;
  };
  const Row rows[] = {
      {"200 to every range", {.first_byte = kWhole200, .other = kWhole200}, "does not serve ranges"},
      {"the range of the whole file to every range",
       {.first_byte = kWhole206, .other = kWhole206},
       "does not serve ranges"},
      {"416 to every range", {.first_byte = kBare416, .other = kBare416}, "416"},
      {"a length that is too small", {.says = 2097000, .total = "*"}, "does not send the size"},
      {"a length that is too large", {.says = 2098000, .total = "*"}, "does not send the size"},
      {"no length anywhere", {.head = answer(200, {}, 0), .says = 0, .total = "*"}, "does not send the size"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.title));
    const Result result = probe(row.server);
    CHECK_FALSE(result.identity);
    REQUIRE(result.error);
    CAPTURE(result.error->message());
    CHECK(result.error->message().find(row.says) != std::string::npos);
  }
}

TEST_CASE("a cache that is still empty is asked again for a while") {
  for (const char* header : {"Age: 0", "X-Cache: MISS", "Via: 1.1 varnish", "Accept-Ranges: bytes"}) {
    CAPTURE(header);
    OddServer server;
    std::size_t asked = 0;
    const Result result = probe([&](const Exchange& exchange) {
      server.other = server.first_byte = answer(200, {"Content-Length: 2097152", header}, OddServer::kSize);
      if (++asked > 7) server.other = server.first_byte = std::nullopt;
      return server(exchange);
    });
    CHECK(result.identity);
  }
}

TEST_CASE("an answer that breaks off is asked for again, not in another way") {
  ScriptedReply broken = kWhole200;
  broken.status = 206;
  broken.headers = {"Content-Range: bytes 0-0/2097152", "Content-Length: 1"};
  broken.breaks_after = 0;
  bool first = true;
  const Result result =
      probe([&](const Exchange& exchange) { return std::exchange(first, false) ? broken : OddServer{}(exchange); });
  CHECK(result.identity);
  CHECK(result.requests == 2);
}

TEST_CASE("a file without ranges is found when it may be downloaded and its size is known") {
  const auto always = [](std::vector<std::string> headers) {
    headers.push_back("ETag: \"v1\"");
    return [headers](const Exchange&) { return answer(200, headers, 5000); };
  };
  const std::string url = "https://server/file";
  const Result found = probe(always({"Content-Length: 5000"}), url, true);
  REQUIRE(found.identity);
  CHECK(found.identity->only_whole);
  CHECK(found.identity->size == ByteCount{5000});
  CHECK(found.identity->etag == "\"v1\"");
  CHECK_FALSE(probe(always({"Transfer-Encoding: chunked"}), url, true).identity);
  CHECK_FALSE(probe(always({"Content-Length: 5000", "Content-Type: text/html"}), url, true).identity);
  // A server that serves ranges a moment later is waited for.
  unsigned cold = 4;
  const Result warmed = probe(
      [&](const Exchange& exchange) {
        if (cold > 0) return --cold, answer(200, {"Content-Length: 5000", "Accept-Ranges: bytes"}, 5000);
        const ByteRange range = *exchange.request().range;
        return answer(206,
                      {"Content-Range: bytes " + std::to_string(range.begin.value) + "-" +
                       std::to_string(range.end.value - 1) + "/5000"},
                      range.size().value);
      },
      url, true);
  REQUIRE(warmed.identity);
  CHECK_FALSE(warmed.identity->only_whole);
}

TEST_CASE("all questions of a probe together have the time of one probe") {
  ScriptedReply slow = answer(200, {"Content-Length: 5000", "Accept-Ranges: bytes"}, 5000);
  slow.delay = 8s;
  const Result result = probe({slow});
  REQUIRE(result.error);
  CHECK(result.requests >= 3);
  CHECK(result.took <= 21s);
}

TEST_CASE("the page of a refusal tells the reason where the kind of server is known, and is read within a limit") {
  static const std::string kPage = "<html><body>NFC_FILE_LOCKED</body></html>" + std::string(100'000, ' ');
  ScriptedReply locked = answer(500, {"Content-Type: text/html"}, 0);
  locked.body = std::as_bytes(std::span(kPage));
  const std::string datastore = "https://server/folder/a-flat.vmdk?dcPath=d&dsName=s";
  SUBCASE("a page longer than the limit") {
    const Result result = probe({locked}, datastore);
    REQUIRE(result.error);
    CHECK(result.error->kind() == ErrorKind::locked);
    CHECK(result.error->message().find("locked") != std::string::npos);
  }
  SUBCASE("a page that breaks off is a refusal all the same") {
    locked.breaks_after = 40;
    CHECK(probe({locked}, datastore).error->kind() == ErrorKind::locked);
    locked.breaks_after = 10;
    CHECK(probe({locked}, datastore).error->kind() == ErrorKind::corrupt);
  }
  SUBCASE("a page that never comes is given up") {
    locked.hangs_after = 10;
    CHECK(probe({locked}, datastore).error);
  }
  SUBCASE("another server's page is not read") {
    const Result result = probe({locked});
    REQUIRE(result.error);
    CHECK(result.error->kind() == ErrorKind::unreachable);
  }
}

}  // namespace
}  // namespace rimfs::http
