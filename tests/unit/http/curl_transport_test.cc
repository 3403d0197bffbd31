// SPDX-License-Identifier: MIT
#include "http/curl_transport.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <new>
#include <string>
#include <thread>

#include "../reactor/drive.h"

using namespace rimfs;
using namespace rimfs::http;

namespace {

/// Answers one connection on the loopback device with what it is given, then closes it.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int connection = ::accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      char request[4096];
      if (::recv(connection, request, sizeof request, 0) > 0) {
        static_cast<void>(!::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL));
      }
      ::close(connection);
    });
  }
  ~OneAnswer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/file", port_); }

 private:
  const int socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// What a sink was told.
struct Sink : BodySink {
  void write(std::span<const std::byte> bytes) override {
    if (throws) throw std::bad_alloc();
    written += bytes.size();
  }
  void hold(std::span<const std::byte> bytes) override {
    if (throws) throw std::bad_alloc();
    held += bytes.size();
  }
  void keep_held() override {
    if (throws_at_end) throw std::bad_alloc();
    kept = true;
  }
  void drop_held() override { dropped = true; }

  bool throws = false;
  bool throws_at_end = false;
  std::size_t written = 0, held = 0;
  bool kept = false, dropped = false;
};

reactor::Task<> run(CurlTransport& transport, Exchange& exchange) {
  transport.start(exchange);
  auto ended = exchange.ended();
  co_await ended;
}

/// The end of one request for ten bytes that is answered with `answer`.
Outcome outcome_of(const std::string& answer, Sink& sink, Request request) {
  OneAnswer server(answer);
  reactor::EventLoop loop;
  Options options;
  CurlTransport transport(loop, options);
  Host host("http://127.0.0.1", 1, loop);
  Address address(server.url(), std::make_shared<const ServerAccess>());
  request.range = ByteRange{Offset{0}, Offset{10}};
  Exchange exchange(loop, address, true, options, request, sink, host, loop.now());
  reactor::drive(loop, run(transport, exchange));
  return exchange.outcome();
}

std::optional<Rejection> accept_all(const ReplyHead&) { return std::nullopt; }

constexpr const char* kFramed = "HTTP/1.1 206 OK\r\nContent-Length: 10\r\n\r\n0123456789";
constexpr const char* kUnframed = "HTTP/1.1 206 OK\r\nConnection: close\r\n\r\n0123456789";

}  // namespace

TEST_CASE("a body counts as its framing allows") {
  struct Row {
    const char* title;
    const char* answer;
    bool succeeds;
    std::size_t written;  // counted on arrival
    std::size_t counts;   // in the end
  };
  const Row rows[] = {
      {"a length", kFramed, true, 10, 10},
      {"a length, cut short", "HTTP/1.1 206 OK\r\nContent-Length: 10\r\n\r\n01234", false, 5, 5},
      {"the end of the connection", kUnframed, true, 0, 10},
      {"the end of the connection, too soon", "HTTP/1.1 206 OK\r\n\r\n01234", false, 0, 0},
      {"chunks", "HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", true, 0, 10},
      {"chunks beside a length",
       "HTTP/1.1 206 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", true,
       0, 10},
      {"a second chunk without a size",
       "HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nxyz\r\n56789\r\n0\r\n\r\n", false, 0, 0},
      {"chunks that end too soon", "HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n",
       false, 0, 0},
      {"no last chunk", "HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n", false, 0, 0},
      {"a trailer that looks like a head",
       "HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\nContent-Length: 10\r\n\r\n", true,
       0, 10},
      {"a header that looks like a head",
       "HTTP/1.1 206 OK\r\nTransfer-Encoding: chunked\r\nHTTP/1.1: 206\r\nContent-Length: 10\r\n\r\n3\r\n012\r\nzz",
       false, 0, 0},
      {"a coding with a blank before the colon",
       "HTTP/1.1 206 OK\r\nContent-Length: 10\r\nTransfer-Encoding : chunked\r\n\r\n5\r\n01234\r\n", false, 0, 0},
      {"two lengths", "HTTP/1.1 206 OK\r\nContent-Length: 10\r\nContent-Length: 11\r\n\r\n0123456789", false, 0, 0},
      {"a body after an interim status", "HTTP/1.1 101 Switching\r\nContent-Length: 10\r\n\r\n0123456789", false, 0, 0},
      {"no head at all", "0123456789", false, 0, 0},
      {"a status line of four digits", "HTTP/1.1 2060 OK\r\nContent-Length: 10\r\n\r\n0123456789", false, 0, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    Sink sink;
    const Outcome outcome = outcome_of(row.answer, sink, Request(accept_all));
    CHECK(!outcome.failure.has_value() == row.succeeds);
    CHECK(sink.written == row.written);
    CHECK(outcome.body == ByteCount{row.counts});
    CHECK(sink.kept == (row.succeeds && row.written == 0));
    if (outcome.failure) {
      CHECK(outcome.failure->retry);
      CHECK(outcome.failure->kind != ErrorKind::misuse);
      CHECK((sink.held == 0 || sink.dropped));
    }
  }
}

TEST_CASE("a body whose head has new information counts only after its end, if the head still matches") {
  struct Row {
    const char* title;
    const char* answer;
    bool provisional, confirmed;
    std::size_t written;
    bool asked, kept;
  };
  const char* const cut = "HTTP/1.1 206 OK\r\nContent-Length: 10\r\n\r\n01234";
  const Row rows[] = {
      {"nothing new", kFramed, false, false, 10, false, false},
      {"new, and it fits", kFramed, true, true, 0, true, true},
      {"new, and another one was believed meanwhile", kFramed, true, false, 0, true, false},
      {"new, but broken", cut, true, true, 0, false, false},
      {"nothing new, unframed", kUnframed, false, true, 0, true, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    bool asked = false;
    Request request(accept_all);
    request.provisional = [&row](const ReplyHead&) { return row.provisional; };
    request.confirm = [&](const ReplyHead&) -> std::optional<Rejection> {
      asked = true;
      if (row.confirmed) return std::nullopt;
      return of_fault(Fault::changed);
    };
    Sink sink;
    const Outcome outcome = outcome_of(row.answer, sink, std::move(request));
    CHECK(sink.written == row.written);
    CHECK(asked == row.asked);
    CHECK(sink.kept == row.kept);
    CHECK(outcome.body == ByteCount{row.kept ? 10 : row.written});
    CHECK(outcome.failure.has_value() == (!row.kept && row.written == 0));
    CHECK(sink.dropped == outcome.failure.has_value());
  }
}

TEST_CASE("an endless head is refused") {
  std::string interim, endless = "HTTP/1.1 206 OK\r\n";
  while (interim.size() < 400'000) interim += "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n";
  while (endless.size() < 400'000) endless += "X-Filler: 0123456789012345678901234567890123456789\r\n";
  for (const std::string& answer : {interim, endless}) {
    Sink sink;
    const Outcome outcome = outcome_of(answer, sink, Request(accept_all));
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->reason.find("head is too long") != std::string::npos);
  }
}

TEST_CASE("an exception of a callback becomes the request's failure") {
  SUBCASE("the sink of a framed body") {
    Sink sink;
    sink.throws = true;
    CHECK(outcome_of(kFramed, sink, Request(accept_all)).failure->kind == ErrorKind::system);
  }
  SUBCASE("the sink of a held body") {
    Sink sink;
    sink.throws = true;
    CHECK(outcome_of(kUnframed, sink, Request(accept_all)).failure->kind == ErrorKind::system);
    CHECK(sink.dropped);
  }
  SUBCASE("the sink at the end") {
    Sink sink;
    sink.throws_at_end = true;
    CHECK(outcome_of(kUnframed, sink, Request(accept_all)).failure->kind == ErrorKind::system);
  }
  SUBCASE("the check of the head") {
    Sink sink;
    const auto throws = [](const ReplyHead&) -> std::optional<Rejection> { throw std::bad_alloc(); };
    CHECK(outcome_of(kFramed, sink, Request(throws)).failure->kind == ErrorKind::system);
    CHECK(sink.written == 0);
  }
}

TEST_CASE("an exchange that libcurl refuses ends at once") {
  reactor::EventLoop loop;
  Options options;
  options.user_agent.resize(9'000'000, 'x');  // more than libcurl takes of an option (CURL_MAX_INPUT_LENGTH)
  CurlTransport transport(loop, options);
  Host host("http://127.0.0.1", 1, loop);
  Address address("http://127.0.0.1:1/file", std::make_shared<const ServerAccess>());
  const Request request(accept_all);
  Sink sink;
  Exchange exchange(loop, address, true, options, request, sink, host, loop.now());
  reactor::drive(loop, run(transport, exchange));
  REQUIRE(exchange.outcome().failure);
  CHECK(exchange.outcome().failure->kind == ErrorKind::system);
}
