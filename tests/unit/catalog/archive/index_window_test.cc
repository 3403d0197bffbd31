// SPDX-License-Identifier: MIT
#include "catalog/archive/index_window.h"

#include <doctest/doctest.h>

namespace rimfs::catalog::archive {
namespace {

constexpr ByteCount kHeader{512};

TEST_CASE("a window after a jump is small, and windows that follow one another grow to 1 MiB") {
  IndexWindow windows(100_GiB);
  ByteRange window = windows.next(range_of({}, kHeader));
  CHECK(window == range_of({}, 64_KiB));
  for (const ByteCount size : {128_KiB, 256_KiB, 512_KiB, 1_MiB, 1_MiB}) {
    const Offset next = window.end;
    window = windows.next(range_of(next, kHeader));
    CHECK(window == range_of(next, size));
  }
  window = windows.next(range_of(Offset{} + 50_GiB, kHeader));
  CHECK(window == range_of(Offset{} + 50_GiB, 64_KiB));
  CHECK(windows.next(range_of({}, kHeader)).size() == 64_KiB);
}

TEST_CASE("a window contains what is wanted, and ends with the archive") {
  IndexWindow windows(300_KiB);
  CHECK(windows.next(range_of({}, 200_KiB)) == range_of({}, 200_KiB));
  CHECK(windows.next(range_of(Offset{} + 299_KiB, kHeader)).end == Offset{} + 300_KiB);
}

}  // namespace
}  // namespace rimfs::catalog::archive
