// SPDX-License-Identifier: MIT
// The login to a vSphere server: many requests at once, sessions that end at any time, refusals about a file, faults,
// delays, and an end at any moment, in virtual time.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "../../http/scripted_transport.h"
#include "../../model_run.h"
#include "../../reactor/drive.h"
#include "catalog/source_kinds.h"
#include "catalog/vsphere/session.h"

namespace rimfs::catalog::vsphere {
namespace {

using namespace std::chrono_literals;
using http::ScriptedReply;
using reactor::EventLoop;
using reactor::Task;

const std::vector<std::byte> kImage(1000);
constexpr auto kDeadline = 30s;

http::Options options_of() {
  http::Options options;
  options.retry_deadline = kDeadline;
  options.stall_timeout = 1s;
  return options;
}

std::string envelope_of(const std::string& body) {
  return "<?xml version=\"1.0\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>" +
         body + "</soapenv:Body></soapenv:Envelope>";
}

std::string fault_of(const std::string& type) {
  return envelope_of("<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>no</faultstring><detail><" +
                     type + "Fault xmlns=\"urn:vim25\" xsi:type=\"" + type + "\"/></detail></soapenv:Fault>");
}

/// A vSphere server as the session sees it: logins, sessions, and files that want one.
class Server {
 public:
  Server(ModelRandom& random, unsigned faults) : random_(random), faults_(faults) {}

  ScriptedReply reply(const http::Exchange& exchange) {
    const http::Request& request = exchange.request();
    const std::string cookie = cookie_of(exchange);
    ScriptedReply reply = request.body ? soap(*request.body, cookie) : file(exchange, cookie);
    reply.delay = random_.time(200ms);
    if (!random_.chance(faults_)) return reply;
    switch (random_.upto(3)) {
      case 0:
        reply.refuses_connection = true;
        break;
      case 1:
        reply.hangs = true;
        break;
      default:
        return ScriptedReply::failure(503);
    }
    return reply;
  }

  /// All sessions are over, as after a restart.
  void end_sessions() { sessions_.clear(); }
  std::size_t sessions() const { return sessions_.size(); }
  std::size_t logins() const { return logins_; }

  bool takes_password = true;

 private:
  static std::string cookie_of(const http::Exchange& exchange) {
    for (const std::string& header : exchange.request().headers) {
      if (header.starts_with("Cookie: ")) return header.substr(8);
    }
    const auto& login = exchange.address().login();
    if (!login || !exchange.may_send_credentials()) return {};
    return std::string(login->credentials().cookie.reveal());
  }

  ScriptedReply file(const http::Exchange& exchange, const std::string& cookie) {
    if (!sessions_.contains(cookie)) return ScriptedReply::failure(401);
    if (exchange.url().find("secret") != std::string::npos) return ScriptedReply::failure(401);
    return ScriptedReply::range_of(kImage, {Offset{0}, Offset{1}}, "\"1\"");
  }

  ScriptedReply soap(const std::string& body, const std::string& cookie) {
    const auto asks = [&](const char* call) { return body.find(std::string("<") + call + " ") != std::string::npos; };
    if (asks("RetrieveServiceContent")) {
      return text(200, envelope_of("<RetrieveServiceContentResponse xmlns=\"urn:vim25\"><returnval>"
                                   "<rootFolder type=\"Folder\">group-d1</rootFolder>"
                                   "<propertyCollector type=\"PropertyCollector\">pc</propertyCollector>"
                                   "<viewManager type=\"ViewManager\">vm</viewManager>"
                                   "<about><fullName>a server</fullName></about>"
                                   "<sessionManager type=\"SessionManager\">sm</sessionManager>"
                                   "</returnval></RetrieveServiceContentResponse>"));
    }
    if (asks("Login")) return login();
    if (asks("Logout")) {
      sessions_.erase(cookie);
      return text(200, envelope_of("<LogoutResponse xmlns=\"urn:vim25\"/>"));
    }
    if (!sessions_.contains(cookie)) return text(500, fault_of("NotAuthenticated"));
    if (asks("CurrentTime")) {
      return text(200, envelope_of("<CurrentTimeResponse xmlns=\"urn:vim25\"><returnval>2026-11-21T11:16:36.148Z"
                                   "</returnval></CurrentTimeResponse>"));
    }
    return text(200, envelope_of("<RetrievePropertiesExResponse xmlns=\"urn:vim25\"><returnval><objects>"
                                 "<obj type=\"SessionManager\">sm</obj><propSet><name>currentSession</name>"
                                 "<val xsi:type=\"UserSession\"><key>k</key><userName>me</userName></val></propSet>"
                                 "</objects></returnval></RetrievePropertiesExResponse>"));
  }

  ScriptedReply login() {
    if (!takes_password) {
      ++refused_;
      return text(500, fault_of("InvalidLogin"));
    }
    const std::string cookie = fmt::format("vmware_soap_session=\"{}\"", ++logins_);
    sessions_.insert(cookie);
    ScriptedReply reply = text(200, envelope_of("<LoginResponse xmlns=\"urn:vim25\"/>"));
    reply.headers.push_back("Set-Cookie: " + cookie + "; Path=/; HttpOnly");
    return reply;
  }

  ScriptedReply text(int status, std::string body) {
    bodies_.push_back(std::move(body));
    ScriptedReply reply;
    reply.status = status;
    reply.headers = {"Content-Type: text/xml; charset=utf-8", fmt::format("Content-Length: {}", bodies_.back().size())};
    reply.body = std::as_bytes(std::span(bodies_.back()));
    return reply;
  }

  ModelRandom& random_;
  const unsigned faults_;  // of 100 replies
  std::set<std::string> sessions_;
  std::deque<std::string> bodies_;  // live as long as the transport
  std::size_t logins_ = 0;

 public:
  std::size_t refused_ = 0;
};

/// A client with one session, and a scripted server.
class Scene {
 public:
  Scene(Log& log, ModelRandom& random, unsigned faults, std::uint32_t seed)
      : server(random, faults),
        transport(loop, [this](const http::Exchange& exchange) { return server.reply(exchange); }),
        client(loop, transport, options_of(), log, http::Jitter(seed)),
        session(std::make_shared<Session>("https://server/", access(), loop, client, pool_, log)) {}

  /// Asks for a file as opens do. Returns what went wrong.
  Task<std::optional<Error>> probe(std::string name) {
    http::Address address("https://server/folder/" + name + "?dcPath=dc&dsName=ds", session->access(), session);
    std::optional<Error> failure;
    try {
      co_await client.probe(address);
    } catch (const Error& error) {
      failure = error;
    }
    co_return failure;
  }
  Task<std::optional<Error>> call() {
    std::optional<Error> failure;
    try {
      co_await session->call(current_time());
    } catch (const Error& error) {
      failure = error;
    }
    co_return failure;
  }

  Task<> close() {
    client.cancel_all();
    loop.wake_sleepers();
    co_await session->close();
    co_await client.close();
    co_await transport.closed();
  }

 private:
  static http::ServerAccess access() {
    http::ServerAccess access;
    access.user = "me";
    access.password = Secret("a password");
    access.server_kinds = server_kinds();
    return access;
  }

  reactor::VirtualTime time_;

 public:
  EventLoop loop{&time_};

 private:
  reactor::Offload pool_{loop, 0};

 public:
  Server server;
  http::ScriptedTransport transport;
  http::Client client;
  std::shared_ptr<Session> session;
};

/// One run, from a seed.
class Run {
 public:
  Run(std::uint64_t seed, Log& log)
      : random_(seed),
        faults_(random_.chance(50) ? 0 : static_cast<unsigned>(random_.upto(40))),
        scene_(log, random_, faults_, static_cast<std::uint32_t>(seed)) {}

  void run() {
    reactor::drive(scene_.loop, all());
    REQUIRE_MESSAGE(ended_, "a task waits for what never happens");
  }

 private:
  Task<> all() {
    const std::size_t readers = 1 + random_.upto(7);
    const std::size_t ends = random_.upto(3);
    for (std::size_t i = 0; i < readers; ++i) running_.spawn(reader(3 + random_.upto(10)));
    for (std::size_t i = 0; i < ends; ++i) {
      co_await scene_.loop.sleep(random_.time(60s));
      scene_.server.end_sessions();
      ended_at_ = scene_.loop.now();
    }
    if (random_.chance(30)) {
      co_await scene_.loop.sleep(random_.time(60s));
      cancelled_ = true;
      scene_.client.cancel_all();
      scene_.loop.wake_sleepers();
    }
    co_await running_.joined();
    CHECK(answers_ == questions_);
    co_await scene_.close();
    CHECK(scene_.transport.running() == 0);
    if (faults_ == 0 && !cancelled_) {
      CHECK_MESSAGE(scene_.server.sessions() == 0, "a session is left at the server");
      CHECK(scene_.server.logins() <= 1 + ends);
    }
    ended_ = true;
  }

  Task<> reader(std::size_t questions) {
    for (std::size_t i = 0; i < questions; ++i) {
      co_await scene_.loop.sleep(random_.time(30s));
      ++questions_;
      const bool secret = random_.chance(10);
      const auto asked = scene_.loop.now();
      std::optional<Error> failure;
      if (random_.chance(30)) {
        failure = co_await scene_.call();
        check(failure, false);
      } else {
        failure = co_await scene_.probe(secret ? "secret.vmdk" : "disk.vmdk");
        check(failure, secret);
      }
      CHECK(scene_.loop.now() - asked <= 4 * kDeadline);
      ++answers_;
    }
  }

  void check(const std::optional<Error>& failure, bool secret) const {
    if (!failure) {
      CHECK_FALSE(secret);
      return;
    }
    INFO(failure->message());
    if (cancelled_ || faults_ > 0) return;
    CHECK(failure->kind() == ErrorKind::denied);
    CHECK(secret);
  }

  ModelRandom random_;
  const unsigned faults_;
  Scene scene_;
  reactor::TaskScope running_;
  EventLoop::Clock::time_point ended_at_{};
  std::size_t questions_ = 0;
  std::size_t answers_ = 0;
  bool cancelled_ = false;
  bool ended_ = false;
};

TEST_CASE("whenever sessions end, requests get their answer with one login for each end, and no session is left") {
  run_seeds(500, [](std::uint64_t seed, Log& log) { Run(seed, log).run(); });
}

Task<> probe_into(Scene& scene, std::vector<std::optional<Error>>& results) {
  std::optional<Error> failure = co_await scene.probe("disk.vmdk");
  results.push_back(std::move(failure));
}

Task<> probe_often(Scene& scene, std::size_t count, std::vector<std::optional<Error>>& results) {
  reactor::TaskScope all;
  for (std::size_t i = 0; i < count; ++i) all.spawn(probe_into(scene, results));
  co_await all.joined();
}

Task<> before_and_after_an_end(Scene& scene, std::vector<std::optional<Error>>& results) {
  co_await probe_often(scene, 100, results);
  co_await scene.loop.sleep(10s);
  scene.server.end_sessions();
  co_await probe_often(scene, 100, results);
  co_await scene.close();
}

TEST_CASE("100 requests that are refused at once because the session ended cause one login") {
  Log log = Log::silent();
  ModelRandom random(1);
  Scene scene(log, random, 0, 1);
  std::vector<std::optional<Error>> results;
  reactor::drive(scene.loop, before_and_after_an_end(scene, results));
  CHECK(results.size() == 200);
  CHECK(std::none_of(results.begin(), results.end(), [](const auto& failure) { return failure.has_value(); }));
  CHECK(scene.server.logins() == 2);
  CHECK(scene.server.sessions() == 0);
}

Task<> cancel_while_login_fails(Scene& scene, std::vector<std::optional<Error>>& results) {
  co_await probe_into(scene, results);
  REQUIRE(results.size() == 1);
  // The login has just failed, and no other attempt begins for five seconds: the next request waits to be repeated.
  reactor::TaskScope all;
  all.spawn(probe_into(scene, results));
  co_await scene.loop.sleep(1s);
  CHECK(results.size() == 1);
  scene.client.cancel_all();
  scene.loop.wake_sleepers();
  co_await all.joined();
  co_await scene.close();
}

TEST_CASE("a request that is repeated because the login failed ends at once when everything is cancelled") {
  Log log = Log::silent();
  ModelRandom random(1);
  Scene scene(log, random, 100, 1);
  std::vector<std::optional<Error>> results;
  reactor::drive(scene.loop, cancel_while_login_fails(scene, results));
  REQUIRE(results.size() == 2);
  CHECK(results.back()->kind() == ErrorKind::cancelled);
}

Task<> probe_for_ten_minutes(Scene& scene, std::vector<std::optional<Error>>& results) {
  for (int i = 0; i < 60; ++i) {
    co_await probe_into(scene, results);
    co_await scene.loop.sleep(10s);
  }
  co_await scene.close();
}

TEST_CASE("a password that was refused is not shown again for five minutes") {
  Log log = Log::silent();
  ModelRandom random(1);
  Scene scene(log, random, 0, 1);
  scene.server.takes_password = false;
  std::vector<std::optional<Error>> results;
  reactor::drive(scene.loop, probe_for_ten_minutes(scene, results));
  CHECK(results.size() == 60);
  CHECK(std::all_of(results.begin(), results.end(),
                    [](const auto& failure) { return failure && failure->kind() == ErrorKind::denied; }));
  CHECK(scene.server.refused_ == 2);
}

}  // namespace
}  // namespace rimfs::catalog::vsphere
