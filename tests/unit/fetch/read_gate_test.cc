// SPDX-License-Identifier: MIT
#include "fetch/read_gate.h"

#include <doctest/doctest.h>

#include <utility>

using rimfs::fetch::ReadGate;

TEST_CASE("reads enter while their blocks fit together, and each server may have one read in any case") {
  const int first = 0, second = 0;
  ReadGate gate(160);
  const ReadGate::Pass held = gate.enter(&first, 138);
  CHECK(gate.is_open_for(&first, 2));
  CHECK_FALSE(gate.is_open_for(&first, 3));
  CHECK(gate.is_open_for(&second, 3));
  ReadGate::Pass more = gate.enter(&first, 2);
  CHECK_FALSE(gate.is_open_for(&first, 1));
  CHECK(gate.is_open_for(&second, 17));
  CHECK_FALSE(gate.take_left());
  more = {};
  CHECK(gate.take_left());
  CHECK_FALSE(gate.take_left());
  CHECK(gate.is_open_for(&first, 2));
}

TEST_CASE("a pass that is moved is released once") {
  const int server = 0;
  ReadGate gate(4);
  {
    ReadGate::Pass pass = gate.enter(&server, 4);
    const ReadGate::Pass moved = std::move(pass);
    CHECK_FALSE(gate.is_open_for(&server, 1));
  }
  CHECK(gate.is_open_for(&server, 1));
}

TEST_CASE("the first read enters, however large it is") {
  const int server = 0;
  ReadGate gate(4);
  CHECK(gate.is_open_for(&server, 17));
  const ReadGate::Pass pass = gate.enter(&server, 17);
  CHECK_FALSE(gate.is_open_for(&server, 1));
}
