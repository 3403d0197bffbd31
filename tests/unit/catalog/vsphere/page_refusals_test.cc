// SPDX-License-Identifier: MIT
#include "catalog/vsphere/page_refusals.h"

#include <doctest/doctest.h>

namespace rimfs::catalog::vsphere {
namespace {

using namespace std::chrono_literals;
constexpr PageRefusals::Time kNow{};

TEST_CASE("a system folder that is refused does not end the pages of the others") {
  PageRefusals pages;
  pages.refused("DC/one", ".sdd.sf", kNow);
  CHECK_FALSE(pages.are_refused("DC/one", kNow));
  pages.refused("DC/one", ".sdd.sf", kNow);
  CHECK_FALSE(pages.are_refused("DC/one", kNow));
  pages.shown("DC/one");
  pages.refused("DC/one", ".vSphere-HA", kNow);
  CHECK_FALSE(pages.are_refused("DC/one", kNow));
}

TEST_CASE("a datastore whose top folder or two folders are refused is not asked for ten minutes") {
  PageRefusals pages;
  pages.refused("DC/one", "", kNow);
  pages.refused("DC/two", "a", kNow);
  pages.refused("DC/two", "b", kNow);
  for (const char* store : {"DC/one", "DC/two"}) {
    CHECK(pages.are_refused(store, kNow + 9min));
    CHECK_FALSE(pages.are_refused(store, kNow + 10min));
  }
  CHECK_FALSE(pages.are_refused("DC/three", kNow));
  pages.shown("DC/one");
  CHECK_FALSE(pages.are_refused("DC/one", kNow));
}

}  // namespace
}  // namespace rimfs::catalog::vsphere
