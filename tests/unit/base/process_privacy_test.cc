// SPDX-License-Identifier: MIT
#include "base/process_privacy.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

using namespace rimfs;
using namespace std::string_literals;
using namespace std::string_view_literals;

TEST_CASE("arguments are replaced in their own memory, without gaps") {
  std::string block = "rimfs\0mount\0--user\0me:pw\0/mnt\0HOME=/"s;
  std::array<char*, 5> words = {block.data(), &block[6], &block[12], &block[19], &block[25]};
  replace_arguments(5, words.data(), {"rimfs", "mount", "--user", "...longer", "/mnt"});
  CHECK(block == "rimfs\0mount\0--user\0...lo\0/mnt\0HOME=/"sv);
  words = {block.data(), &block[6], &block[12], &block[19], &block[25]};
  replace_arguments(5, words.data(), {"rimfs", "mount", "--user", "..", "/mnt"});
  CHECK(block == "rimfs\0mount\0--user\0..\0/mnt\0\0\0\0HOME=/"sv);
}

TEST_CASE("arguments that are not contiguous in memory are wiped") {
  std::string first = "rimfs", second = "me:pw";
  std::array<char*, 2> words = {first.data(), second.data()};
  replace_arguments(2, words.data(), {"rimfs", "..."});
  CHECK(first == "rimfs");
  CHECK(second == "\0\0\0\0\0"sv);
}

TEST_CASE("a variable is removed and its text overwritten") {
  static char variable[] = "RIMFS_PRIVACY_TEST=hunter2";
  ::putenv(variable);  // which puts this very memory into the list
  ::setenv("RIMFS_PRIVACY_TEST_2", "stays", 1);
  erase_environment_variable("RIMFS_PRIVACY_TEST");
  CHECK(std::getenv("RIMFS_PRIVACY_TEST") == nullptr);
  CHECK(std::string_view(variable, sizeof variable) == std::string(sizeof variable, '\0'));
  CHECK(std::getenv("RIMFS_PRIVACY_TEST_2") == "stays"sv);
  ::unsetenv("RIMFS_PRIVACY_TEST_2");
  erase_environment_variable("RIMFS_PRIVACY_TEST");
}
