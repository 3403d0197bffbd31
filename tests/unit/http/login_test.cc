// SPDX-License-Identifier: MIT
#include "http/login.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "../reactor/drive.h"
#include "base/error.h"

namespace rimfs::http {
namespace {

/// Takes a few milliseconds for each renewal, and may fail.
class FakeLogin : public Login {
 public:
  using Login::Verdict;
  explicit FakeLogin(reactor::EventLoop& loop) : Login(loop) {}
  int fetched = 0;
  int asked = 0;
  bool fails = false;
  Verdict verdict = Verdict::unknown;

 protected:
  reactor::Task<Credentials> fetch() override {
    ++fetched;
    auto pause = loop().sleep(std::chrono::milliseconds(5));
    co_await pause;
    if (fails) throw Error(ErrorKind::denied, "wrong password");
    Credentials fresh;
    fresh.cookie = Secret("session=" + std::to_string(fetched));
    co_return fresh;
  }
  reactor::Task<Verdict> ask_verdict() override {
    ++asked;
    auto pause = loop().sleep(std::chrono::milliseconds(5));
    co_await pause;
    if (fails) throw Error(ErrorKind::unreachable, "no answer");
    co_return verdict;
  }
};

/// What became of one refused request.
struct Refused {
  std::optional<bool> renewed;
  std::optional<ErrorKind> problem;
};

reactor::Task<> refused_with(Login& login, std::uint64_t version, Refused& result) {
  try {
    result.renewed = co_await login.renew(version);
  } catch (const Error& error) {
    result.problem = error.kind();
  }
}

reactor::Task<> all_refused(Login& login, std::uint64_t version, std::vector<Refused>& results) {
  reactor::TaskScope scope;
  for (Refused& result : results) scope.spawn(refused_with(login, version, result));
  auto end = scope.joined();
  co_await end;
}

TEST_CASE("one renewal serves all requests that were refused meanwhile") {
  reactor::EventLoop loop;
  FakeLogin login(loop);
  std::vector<Refused> results(20);
  reactor::drive(loop, all_refused(login, 0, results));
  for (const Refused& result : results) CHECK(result.renewed == true);
  CHECK(login.fetched == 1);
  CHECK(login.version() == 1);
  CHECK(login.credentials().cookie.reveal() == "session=1");

  SUBCASE("and later ones with the old credentials") {
    std::vector<Refused> late(3);
    reactor::drive(loop, all_refused(login, 0, late));
    for (const Refused& result : late) CHECK(result.renewed == true);
    CHECK(login.fetched == 1);
  }
  SUBCASE("but is not repeated at once when the new credentials are refused too") {
    std::vector<Refused> again(3);
    reactor::drive(loop, all_refused(login, 1, again));
    for (const Refused& result : again) CHECK(result.renewed == false);
    CHECK(login.fetched == 1);
  }
}

TEST_CASE("a failed renewal fails once for all waiters, and at once for requests soon after") {
  reactor::EventLoop loop;
  FakeLogin login(loop);
  login.fails = true;
  std::vector<Refused> results(20);
  reactor::drive(loop, all_refused(login, 0, results));
  for (const Refused& result : results) CHECK(result.problem == ErrorKind::denied);
  std::vector<Refused> soon(3);
  reactor::drive(loop, all_refused(login, 0, soon));
  for (const Refused& result : soon) CHECK(result.problem == ErrorKind::denied);
  CHECK(login.fetched == 1);
  CHECK(login.version() == 0);
}

TEST_CASE("a login that the server reports as valid is not renewed for a refused file; one query serves all") {
  reactor::EventLoop loop;
  FakeLogin login(loop);
  std::vector<Refused> first(1);
  reactor::drive(loop, all_refused(login, 0, first));
  login.verdict = FakeLogin::Verdict::good;
  std::vector<Refused> results(20);
  reactor::drive(loop, all_refused(login, 1, results));
  for (const Refused& result : results) CHECK(result.renewed == false);
  CHECK(login.asked == 1);
  CHECK(login.fetched == 1);

  SUBCASE("and is queried again each time, because it may have ended since") {
    reactor::drive(loop, all_refused(login, 1, first));
    CHECK(login.asked == 2);
  }
  SUBCASE("a server that does not reply causes an error, and no login is made") {
    login.fails = true;
    reactor::drive(loop, all_refused(login, 1, results));
    for (const Refused& result : results) CHECK(result.problem == ErrorKind::unreachable);
    CHECK(login.fetched == 1);
  }
}

}  // namespace
}  // namespace rimfs::http
