// SPDX-License-Identifier: MIT
#include "cli/partial_copy.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::cli;

TEST_CASE("the sum in FILE.part.json is the same in every version: an unfinished copy continues after an update") {
  Complete complete;
  complete.add_piece(kCopyPiece, 0x1122334455667788);
  CHECK(complete.sum == 0x434a94b4bd0c9c65);
  complete.add_zeros(complete.to + kCopyPiece * 2 + ByteCount{5});
  CHECK(complete.sum == 0x66e1ecca70de7bea);
  CHECK(complete.to == Offset{} + kCopyPiece * 3 + ByteCount{5});
}
