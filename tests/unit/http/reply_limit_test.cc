// SPDX-License-Identifier: MIT
#include "http/reply_limit.h"

#include <doctest/doctest.h>

namespace rimfs::http {
namespace {

TEST_CASE("two short replies of one length are a limit, others are not") {
  ReplyLimit limit;
  limit.replied(1_MiB, 64_KiB);
  CHECK_FALSE(limit.longest());
  limit.replied(1_MiB, 40_KiB);
  limit.replied(1_MiB, 64_KiB);
  CHECK_FALSE(limit.longest());
  limit.replied(2_MiB, 64_KiB);
  CHECK(limit.longest() == 64_KiB);
}

TEST_CASE("a complete reply that is longer ends the limit; shorter ones say nothing") {
  ReplyLimit limit;
  limit.replied(1_MiB, 64_KiB);
  limit.replied(1_MiB, 64_KiB);
  limit.replied(16_KiB, 16_KiB);
  limit.replied(64_KiB, 64_KiB);
  CHECK(limit.longest() == 64_KiB);
  limit.replied(128_KiB, 128_KiB);
  CHECK_FALSE(limit.longest());
}

TEST_CASE("a longer range is tried from time to time") {
  ReplyLimit limit;
  limit.replied(1_MiB, 64_KiB);
  limit.replied(1_MiB, 64_KiB);
  for (unsigned i = 0; i < ReplyLimit::kRepliesBeforeTrial; ++i) {
    CHECK(limit.longest() == 64_KiB);
    limit.replied(64_KiB, 64_KiB);
  }
  CHECK_FALSE(limit.longest());
  SUBCASE("the limit is still there") {
    limit.replied(1_MiB, 64_KiB);
    CHECK(limit.longest() == 64_KiB);
  }
  SUBCASE("the limit is gone") {
    limit.replied(1_MiB, 1_MiB);
    CHECK_FALSE(limit.longest());
    limit.replied(64_KiB, 64_KiB);
    CHECK_FALSE(limit.longest());
  }
}

}  // namespace
}  // namespace rimfs::http
