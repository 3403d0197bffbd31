// SPDX-License-Identifier: MIT
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "reactor/script_supervisor.h"

int main(int argc, char** argv) {
  if (const auto status = rimfs::reactor::run_as_script_supervisor(argc, argv)) return *status;
  return doctest::Context(argc, argv).run();
}
