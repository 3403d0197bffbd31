// SPDX-License-Identifier: MIT
#include "catalog/vsphere/session.h"

#include <fmt/format.h>

#include "catalog/vsphere/server_kind.h"
#include "http/cookies.h"
#include "http/shown_reason.h"
#include "http/url.h"
#include "reactor/compute.h"

namespace rimfs::catalog::vsphere {
namespace {

/// vCenter ends a session after 30 idle minutes; downloads do not count as use everywhere.
constexpr std::chrono::minutes kKeepAlive{10};
/// A refused password is not tried again for this long: servers lock accounts that fail often.
constexpr std::chrono::minutes kPauseAfterRefusal{5};
/// What a server that is gone may cost at the end.
constexpr std::chrono::seconds kLogoutAtEnd{3};
/// What the logout of the session before may cost the readers who wait for the next one. A server that works at all
/// answers sooner, and carries it out when its answer is late.
constexpr std::chrono::seconds kLogoutBeforeLogin{1};
/// How long the question after the session may take; a new session is the answer when there is none.
constexpr std::chrono::seconds kQuestion{3};
/// Logins whose reply is lost, in a row. Each may have made a session of which nobody knows the cookie, and servers
/// have few.
constexpr unsigned kMostLostLogins = 3;

/// Renewals for one call: a session may end again between its renewal and the call.
constexpr unsigned kMostRenewals = 3;

constexpr const char* kCallRefused =
    "the server refuses the call, and a new login does not help; see the log, and the rules of a proxy before it";
constexpr const char* kNoVsphere = "there is no vSphere server here";

/// For all that the session's cookie opens. The limit is the datastores' own from the first request on, which is for
/// /sdk.
http::ServerAccess access_of(const std::string& url, http::ServerAccess access, const http::Options& options) {
  access.origins = {http::origin_of(url)};  // a session is of one server
  access.user.reset();
  access.password = Secret();
  access.connections = access.connections.value_or(options.connections_to(&kServerKind));
  return access;
}

/// Faults come with status 500 and are read, not retried.
std::optional<http::Rejection> check_soap(const http::ReplyHead& head) {
  const bool xml = head.content_type.find("xml") != std::string::npos;
  if (xml && (head.status == 200 || head.status == 500)) return std::nullopt;
  const bool unknown = head.status == 200 || head.status == 404 || head.status == 405 || head.status == 501;
  if (unknown) {
    return http::Rejection{ErrorKind::unsupported, false, fmt::format("{} (it answered {})", kNoVsphere, head.status)};
  }
  return http::reject_status(head);
}

}  // namespace

Session::Session(const std::string& url, const http::ServerAccess& access, reactor::EventLoop& loop,
                 http::Client& client, reactor::Offload& pool, Log& log)
    : Login(loop),
      user_(access.user.value_or("")),
      password_(access.password),
      access_(std::make_shared<const http::ServerAccess>(access_of(url, access, client.options()))),
      client_(client),
      pool_(pool),
      log_(log),
      address_(http::resolve_location(url, "/sdk"), access_) {}

Session::~Session() = default;

reactor::Task<> Session::open() {
  if (version() == 0) {
    co_await renew(0);
  }
}

reactor::Task<Session::Reply> Session::send(Message message) {
  http::Request request(check_soap);
  request.body = envelope(message.body);
  request.headers = {"Content-Type: text/xml; charset=utf-8", fmt::format("SOAPAction: urn:vim25/{}", message.api),
                     "Expect:"};
  if (!message.cookie.empty()) request.headers.push_back("Cookie: " + message.cookie.reveal());
  request.during_shutdown = message.only_attempt.has_value();
  request.time_limit = message.only_attempt;
  if (message.login) request.most_lost = kMostLostLogins;
  if (message.conversation) {
    request.most = message.conversation->bytes_left();
    request.time_limit = message.conversation->time_left(loop().now());
  }
  http::Client::Document received = co_await client_.fetch_document(address_, request);
  last_call_ = loop().now();
  if (message.conversation) message.conversation->heard(received.body.size(), last_call_);
  const Records none;
  const Records& records = message.records ? *message.records : none;
  std::function<Document()> read = [&] {
    http::Body body = std::move(received.body);  // freed here, also when it is refused
    return Document(http::Body::consume(body), records);
  };
  Document document = co_await reactor::compute(pool_, std::move(read));
  Reply reply{std::move(document), std::move(received.head.cookies), {}};
  reply.fault = read_fault(reply.document);
  co_return reply;
}

reactor::Task<http::Login::Credentials> Session::fetch() {
  if (refused_at_ && loop().now() - *refused_at_ < kPauseAfterRefusal) {
    throw Error(ErrorKind::denied,
                fmt::format("{}: the password was refused less than 5 minutes ago and is not sent again, so that the "
                            "account is not locked; correct it and mount again",
                            address_.shown()));
  }
  const bool first = !service_;
  if (version() > 0) {
    co_await log_out(credentials().cookie, kLogoutBeforeLogin);
  }
  Message hello(retrieve_service_content(), Secret());
  Reply content = co_await send(std::move(hello));
  if (content.fault) throw error_of(*content.fault);
  ServiceContent service = read_service_content(content.document);
  // Whoever else answers is not shown the password.
  if (service.session_manager.value.empty()) {
    throw Error(ErrorKind::unsupported, fmt::format("{}: {}", address_.shown(), kNoVsphere));
  }
  service_ = std::move(service);
  // Some servers give the cookie before the login and none with it.
  http::Cookies cookies;
  cookies.set_all(content.cookies);
  Secret early_cookie(cookies.header());
  Reply reply = co_await log_in(std::move(early_cookie));
  if (reply.fault && reply.fault->type == "InvalidLogin") refused_at_ = loop().now();
  if (reply.fault) throw error_of(*reply.fault);
  // A failed login may set a cookie, too.
  if (!is_login_response(reply.document)) {
    throw Error(ErrorKind::corrupt, address_.shown().text() + ": the login was answered with something else");
  }
  cookies.set_all(reply.cookies);
  if (cookies.empty()) throw Error(ErrorKind::corrupt, address_.shown().text() + ": the login gave no session cookie");
  log_.info("{}: logged in{} ({})", address_.shown(), first ? "" : " again", service_->full_name);
  if (keeping_alive_.empty()) keeping_alive_.spawn(keep_alive());
  Credentials credentials;
  credentials.cookie = Secret(cookies.header());
  co_return credentials;
}

/// A login that may have succeeded unheard is undone where its cookie is known.
reactor::Task<Session::Reply> Session::log_in(Secret early_cookie) {
  Message who(login(*service_, user_, password_).reveal(), early_cookie);
  who.login = true;
  std::optional<Reply> reply;
  std::optional<Error> failure;
  try {
    reply = co_await send(std::move(who));
  } catch (const Error& error) {
    failure = error;
  }
  if (!failure) co_return std::move(*reply);
  if (!early_cookie.empty()) {
    co_await log_out(std::move(early_cookie), kLogoutBeforeLogin);
  }
  throw *failure;
}

/// CurrentTime may be answered without a session; the server's own word for it is its session manager's property.
reactor::Task<http::Login::Verdict> Session::ask_verdict() {
  Message question(retrieve_current_session(*service_), credentials().cookie);
  question.only_attempt = kQuestion;
  std::optional<Reply> reply;
  std::optional<Error> failure;
  try {
    reply = co_await send_in_session(std::move(question));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    log_.info("{}: whether the session is good is not known: {}", address_.shown(), failure->message());
    co_return Verdict::unknown;
  }
  if (!reply) co_return Verdict::over;
  // A server that refuses the question for another reason knows who asks.
  const bool good = reply->fault ? reply->fault->type != "NotAuthenticated" : read_session(reply->document);
  co_return good ? Verdict::good : Verdict::over;
}

reactor::Task<Document> Session::call(std::string body) {
  const Records none;
  Conversation conversation(address_.shown().text(), loop().now());
  Document document = co_await call(std::move(body), none, conversation);
  co_return document;
}

reactor::Task<Document> Session::call(std::string body, const Records& records, Conversation& conversation,
                                      std::string_view api) {
  co_await open();
  for (unsigned renewals = 0;; ++renewals) {
    const std::uint64_t used = version();
    Message message(body, credentials().cookie);
    message.records = &records;
    message.conversation = &conversation;
    message.api = api;
    std::optional<Reply> reply = co_await send_in_session(std::move(message));
    const bool expired = !reply || (reply->fault && reply->fault->type == "NotAuthenticated");
    if (renewals > 0) tried_again(expired);
    if (!expired && version() == used) take_cookies(reply->cookies);
    if (!expired && !reply->fault) co_return std::move(reply->document);
    if (!expired) throw error_of(*reply->fault);
    // A proxy may refuse the call alone: then the server is asked whether the session lives.
    const Refusal refusal = reply ? Refusal::of_login : Refusal::of_request;
    if (renewals < kMostRenewals) {
      const bool again = co_await renew(used, refusal);
      if (again) continue;
    }
    throw reply ? error_of(*reply->fault) : Error(ErrorKind::denied, address_.shown().text() + ": " + kCallRefused);
  }
}

/// The reply to a request that shows the session's cookie. Nothing when the server refuses the request as a whole, with
/// a status or a login page instead of a SOAP fault: proxies before a vCenter do so when the session has ended.
reactor::Task<std::optional<Session::Reply>> Session::send_in_session(Message message) {
  std::optional<Error> failure;
  try {
    Reply reply = co_await send(std::move(message));
    co_return std::optional<Reply>(std::move(reply));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure->kind() != ErrorKind::denied && failure->kind() != ErrorKind::unsupported) throw *failure;
  log_.info("{}: the session may have ended: {}", address_.shown(), failure->message());
  co_return std::nullopt;
}

void Session::take_cookies(const std::vector<std::string>& pairs) {
  if (pairs.empty()) return;
  http::Cookies cookies(credentials().cookie.reveal());
  cookies.set_all(pairs);
  if (!cookies.empty()) replace_cookie(Secret(cookies.header()));
}

/// Asks something small before the server would call the session idle.
reactor::Task<> Session::keep_alive() {
  while (!closed_) {
    co_await loop().sleep(kKeepAlive);
    if (closed_ || loop().is_sleepless()) co_return;
    if (loop().now() - last_call_ < kKeepAlive / 2) continue;
    try {
      co_await call(current_time());
    } catch (const Error& error) {
      if (closed_) co_return;
      log_.info("{}: keeping the session alive failed: {}", address_.shown(), error.message());
    }
  }
}

reactor::Task<> Session::close() {
  if (std::exchange(closed_, true)) co_return;
  co_await keeping_alive_.joined();
  if (version() == 0) co_return;
  co_await log_out(credentials().cookie, kLogoutAtEnd);
}

/// Servers have few sessions. Never throws.
reactor::Task<> Session::log_out(Secret cookie, std::chrono::milliseconds limit) {
  Message message(logout(*service_), std::move(cookie));
  message.only_attempt = limit;
  try {
    co_await send(std::move(message));
  } catch (const Error& error) {
    log_.info("{}: logging out failed: {}", address_.shown(), error.message());
  }
}

Error Session::error_of(const Fault& fault) const {
  const std::string& server = address_.shown().text();
  const std::string said = http::without_secret(fmt::format("{} ({})", fault.sentence, fault.type), password_);
  if (fault.type == "InvalidLogin") {
    return Error(ErrorKind::denied,
                 fmt::format("{}: the server refuses user name or password of '{}'; check both", server, user_));
  }
  if (fault.type == "FileNotFound" || fault.type == "ManagedObjectNotFound" || fault.type == "InvalidDatastorePath") {
    return Error(ErrorKind::missing, fmt::format("{}: {}", server, said));
  }
  const bool denied = fault.type == "NotAuthenticated" || fault.type == "NoPermission";
  return Error(denied ? ErrorKind::denied : ErrorKind::unsupported, fmt::format("{}: {}", server, said));
}

}  // namespace rimfs::catalog::vsphere
