// SPDX-License-Identifier: MIT
#include "http/if_range_support.h"

#include <doctest/doctest.h>

namespace rimfs::http {
namespace {

/// How many of the next requests carry the header.
unsigned carried(IfRangeSupport& support, unsigned requests) {
  unsigned count = 0;
  for (unsigned i = 0; i < requests; ++i) count += support.next_carries() ? 1 : 0;
  return count;
}

TEST_CASE("requests carry If-Range until a server is found to misunderstand it") {
  IfRangeSupport support;
  CHECK(carried(support, 10) == 10);
  support.understood();
  CHECK(carried(support, 10) == 10);
  support.misunderstood();
  CHECK(carried(support, IfRangeSupport::kRequestsPerTrial - 1) == 0);
}

TEST_CASE("If-Range is tried again in one request at a time") {
  IfRangeSupport support;
  support.misunderstood();
  CHECK(carried(support, IfRangeSupport::kRequestsPerTrial) == 1);
  CHECK(carried(support, 100) == 0);
  support.misunderstood();
  CHECK(carried(support, IfRangeSupport::kRequestsPerTrial - 1) == 0);
  CHECK(carried(support, 1) == 1);
  support.understood();
  CHECK(carried(support, 1000) == 1000);
}

TEST_CASE("a trial that has no answer is followed by another") {
  IfRangeSupport support;
  support.misunderstood();
  CHECK(carried(support, 4 * IfRangeSupport::kRequestsPerTrial) == 4);
}

TEST_CASE("a reply to a request that was sent before the refusal does not end the pause") {
  IfRangeSupport support;
  support.misunderstood();
  support.understood();
  CHECK(carried(support, 100) == 0);
}

}  // namespace
}  // namespace rimfs::http
