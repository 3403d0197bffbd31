// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace rimfs::catalog {

/// A page as a real server sent it; `path` is below tests/rig.
inline std::string sample(const std::string& path) {
  std::ifstream file(std::string(RIMFS_SAMPLES) + "/" + path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The content of tests/rig/index_servers.py's hostile_tree(): names and sizes.
struct HostileFile {
  std::string name;
  std::uint64_t size;
};
inline std::vector<HostileFile> hostile_files() {
  return {{"plain.img", 1048577},
          {"two words.img", 1},
          {"plus+plus", 2},
          {"percent%41", 3},
          {"and&amp;and", 4},
          {"<b>bold", 5},
          {"double\"quote", 6},
          {"single'quote", 7},
          {"Umläut ß", 8},
          {"hash#mark", 9},
          {"question?mark=1", 10},
          {"semi;colon", 11},
          {"-leading-dash", 12},
          {std::string(196, 'l') + ".img", 13},
          {"[x]", 14},
          {"colon:8080", 15},
          {"back\\slash", 16},
          {"empty", 0},
          {"  spaces  ", 17},
          {"tilde~", 18},
          {"日本", 19},
          {"a,b=c@d!$(e)*", 20},
          {"index.txt", 21},
          {"%", 22},
          {"this & that", 23},
          {"a&b", 24}};
}
inline std::vector<std::string> hostile_folders() { return {"sub", "sub with + and %2f"}; }

}  // namespace rimfs::catalog
