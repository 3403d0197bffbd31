// SPDX-License-Identifier: MIT
#include "catalog/entry_list.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace rimfs;
using namespace rimfs::catalog;

namespace {

std::string refusal(EntryList& list, const Entry& entry) {
  try {
    list.add(entry);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("a folder's entries are limited in number and in bytes, and the error names the limit") {
  EntryList few({2, 1_KiB});
  CHECK(refusal(few, {"a", false, "1", {}, {}}).empty());
  CHECK(refusal(few, {"b", false, "2", {}, {}}).empty());
  CHECK(refusal(few, {"c", false, "3", {}, {}}) == "the listing has more than 2 entries");
  CHECK(few.take().size() == 2);

  EntryList large({10, 1_KiB});
  CHECK(refusal(large, {"a", false, std::string(1000, 'x'), {}, {}}).empty());
  CHECK(refusal(large, {"b", false, std::string(1000, 'x'), {}, {}}).find("more than 1024 bytes") != std::string::npos);
}
