// SPDX-License-Identifier: MIT
#include "http/body.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::http;

TEST_CASE("a body returns the added bytes in order, whole or in pieces") {
  std::string expected;
  Body body;
  Body other;
  for (std::size_t size = 0; size < 2'000'000; size = size * 3 + 1) {
    const std::string part(size, static_cast<char>('a' + size % 26));
    expected += part;
    body.add(part);
    other.add(part);
  }
  CHECK(body.size().value == expected.size());
  std::string pieces;
  const Pieces next = Body::consume(body);
  for (std::string_view piece = next(); !piece.empty(); piece = next()) {
    CHECK(piece.size() <= 1 << 20);
    pieces += piece;
  }
  CHECK(pieces == expected);
  CHECK(Body::joined(std::move(other)) == expected);
  CHECK(Body::joined(Body()).empty());
}
