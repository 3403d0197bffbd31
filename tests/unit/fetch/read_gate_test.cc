// SPDX-License-Identifier: MIT
#include "fetch/read_gate.h"

#include <doctest/doctest.h>

#include <utility>

using rimfs::fetch::ReadGate;

TEST_CASE("reads may hold half of the memory, and another server's reads a part of it in any case") {
  const int first = 0, second = 0;
  ReadGate gate(160);
  ReadGate::Pass held = gate.enter(&first, 69);
  CHECK(gate.is_open_for(&first));
  ReadGate::Pass more = gate.enter(&first, 11);
  CHECK_FALSE(gate.is_open_for(&first));
  CHECK(gate.is_open_for(&second));
  CHECK_FALSE(gate.take_left());
  more = {};
  CHECK(gate.take_left());
  CHECK_FALSE(gate.take_left());
  CHECK(gate.is_open_for(&first));
}

TEST_CASE("a pass that moves is given back once") {
  const int server = 0;
  ReadGate gate(4);
  {
    ReadGate::Pass pass = gate.enter(&server, 2);
    const ReadGate::Pass moved = std::move(pass);
    CHECK_FALSE(gate.is_open_for(&server));
  }
  CHECK(gate.is_open_for(&server));
}

TEST_CASE("the first read enters, however large it is") {
  const int server = 0;
  ReadGate gate(4);
  CHECK(gate.is_open_for(&server));
  const ReadGate::Pass pass = gate.enter(&server, 17);
  CHECK_FALSE(gate.is_open_for(&server));
}
