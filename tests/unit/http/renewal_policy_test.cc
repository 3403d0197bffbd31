// SPDX-License-Identifier: MIT
#include "http/renewal_policy.h"

#include <doctest/doctest.h>

#include <functional>

using namespace rimfs::http;
using namespace std::chrono_literals;

namespace {

/// Renewals within `span` when somebody asks for one each 100 ms.
int renewals_in(std::chrono::seconds span, const std::function<void(RenewalPolicy&)>& outcome) {
  RenewalPolicy policy;
  int renewals = 0;
  for (auto at = 0ms; at < span; at += 100ms) {
    const RenewalPolicy::Time now = RenewalPolicy::Time{} + at;
    if (!policy.may_renew(now)) continue;
    ++renewals;
    policy.renewed(now);
    outcome(policy);
  }
  return renewals;
}

}  // namespace

TEST_CASE("helpful renewals are at least five seconds apart") {
  CHECK(renewals_in(60s, [](RenewalPolicy& policy) { policy.helped(); }) == 12);
}

TEST_CASE("a login that has ended again for certain is renewed at once, twice") {
  RenewalPolicy policy;
  const RenewalPolicy::Time now{};
  for (int i = 0; i < 3; ++i) {
    CHECK(policy.may_renew(now, true));
    policy.renewed(now);
    policy.helped();
  }
  CHECK_FALSE(policy.may_renew(now + 4s, true));
  CHECK(policy.wait(now + 4s) == 1s);
  CHECK(policy.may_renew(now + 5s));
  CHECK(policy.wait(now + 5s) == 0s);
  policy.renewed(now + 65s);
  policy.helped();
  CHECK_FALSE(policy.may_renew(now + 66s));
  CHECK(policy.may_renew(now + 66s, true));
  for (int i = 0; i < 2; ++i) policy.renewed(now + 66s);
  CHECK_FALSE(policy.may_renew(now + 67s, true));
  CHECK_FALSE(policy.wait(now + 67s));
}

TEST_CASE("renewals that do not help become rare: at most one a minute") {
  const auto in_vain = [](RenewalPolicy& policy) { policy.did_not_help(); };
  CHECK(renewals_in(10s, in_vain) == 1);
  CHECK(renewals_in(3600s, in_vain) <= 62);
}

TEST_CASE("a renewal that helped resets the interval") {
  RenewalPolicy policy;
  for (int i = 0; i < 100; ++i) policy.did_not_help();
  const RenewalPolicy::Time now{};
  policy.renewed(now);
  CHECK_FALSE(policy.may_renew(now + 59s));
  CHECK(policy.may_renew(now + 60s));
  policy.helped();
  CHECK(policy.may_renew(now + 5s));
}
