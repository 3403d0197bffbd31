// SPDX-License-Identifier: MIT
#include "catalog/vsphere/listing_policy.h"

#include <doctest/doctest.h>

namespace rimfs::catalog::vsphere {
namespace {

TEST_CASE("the first listing is compared with its page, later ones only where that may correct them") {
  ListingPolicy policy;
  CHECK(policy.wants_page(false, false));
  policy.note({.browser = true, .page = true, .leaves_out = false, .typed_folder = true});
  CHECK_FALSE(policy.wants_page(false, false));
  CHECK(policy.wants_page(false, true));
  CHECK(policy.wants_page(true, false));
  CHECK_FALSE(policy.needs_page());
  CHECK(policy.types_folders());
}

TEST_CASE("a listing without a page to compare with leaves the comparison to the next one") {
  ListingPolicy policy;
  policy.note({.browser = true, .page = false, .leaves_out = false, .typed_folder = false});
  policy.note({.browser = false, .page = true, .leaves_out = false, .typed_folder = false});
  CHECK(policy.wants_page(false, false));
}

TEST_CASE("a server whose browser leaves names out is asked for every page") {
  ListingPolicy policy;
  policy.note({.browser = true, .page = true, .leaves_out = true, .typed_folder = true});
  policy.note({.browser = true, .page = true, .leaves_out = false, .typed_folder = true});
  CHECK(policy.wants_page(false, false));
  CHECK(policy.needs_page());
}

TEST_CASE("the times of pages count until the browser has told any") {
  ListingPolicy policy;
  CHECK(policy.may_use_page_times());
  policy.note({.browser = false, .page = true, .leaves_out = false, .typed_folder = false});
  CHECK(policy.may_use_page_times());
  policy.note({.browser = true, .page = true, .leaves_out = false, .typed_folder = false});
  CHECK_FALSE(policy.may_use_page_times());
}

}  // namespace
}  // namespace rimfs::catalog::vsphere
