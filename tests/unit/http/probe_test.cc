// SPDX-License-Identifier: MIT
// The probe of a file against servers that answer its first byte in ways of their own, and the reasons of refusals.
#include <doctest/doctest.h>

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
};

Task<> probe_into(EventLoop& loop, Client& client, ScriptedTransport& transport, std::string url, Result& result) {
  auto access = std::make_shared<ServerAccess>();
  access->server_kinds = catalog::server_kinds();
  Address address(std::move(url), access);
  try {
    result.identity = co_await client.probe(address);
  } catch (const Error& error) {
    result.error = error;
  }
  client.cancel_all();
  loop.wake_sleepers();
  co_await client.close();
  co_await transport.closed();
}

/// Probes a file of a server that gives these replies, each once and the last one to all further requests.
Result probe(const std::vector<ScriptedReply>& replies, const std::string& url = "https://server/file") {
  reactor::VirtualTime time;
  EventLoop loop(&time);
  std::size_t next = 0;
  ScriptedTransport transport(loop, [&](const Exchange&) { return replies[std::min(next++, replies.size() - 1)]; });
  Options options;
  options.retry_deadline = 20s;
  Log log = Log::silent();
  Client client(loop, transport, options, log, Jitter(1));
  Result result;
  reactor::drive(loop, probe_into(loop, client, transport, url, result));
  result.requests = transport.started();
  return result;
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
    CAPTURE(row.title);
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
    CHECK(result.error->kind() == ErrorKind::unsupported);
    CHECK(result.error->message().find("ranges") != std::string::npos);
    CHECK(result.requests <= 4);
  }
}

TEST_CASE("a 416 to the first byte of a file that is not empty is no empty file") {
  const Result result = probe({answer(416, {"Content-Length: 0"}, 0), answer(200, {"Content-Length: 4096"}, 4096)});
  CHECK_FALSE(result.identity);
  CHECK(result.error);
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
