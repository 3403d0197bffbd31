// SPDX-License-Identifier: MIT
#include "base/json_stream.h"

#include <doctest/doctest.h>

#include <istream>
#include <string>
#include <vector>

#include "base/error.h"

using namespace rimfs;

namespace {

/// The characters that come through, with the text cut into pieces of `size`.
std::string through(std::string_view text, std::size_t size) {
  JsonStream stream(
      [text, size]() mutable {
        const std::string_view piece = text.substr(0, size);
        text.remove_prefix(piece.size());
        return piece;
      },
      10);
  std::istream input(&stream);
  input.exceptions(std::ios::badbit);
  std::string all;
  for (int c = stream.sbumpc(); c != std::char_traits<char>::eof(); c = stream.sbumpc()) all += static_cast<char>(c);
  return all;
}

}  // namespace

TEST_CASE("values up to the limit pass, longer ones are refused, however the text is divided") {
  struct Row {
    const char* text;
    bool good;
  };
  const Row rows[] = {
      {"", true},
      {R"(["123456789", 1234567890, true])", true},
      {R"(["1234567890"])", false},
      {"[12345678901]", false},
      {R"(["1\"3\"567", "\\", "a"])", true},
      {R"(["1\"3\"567890"])", false},
      {R"(["\\","1234567890123"])", false},
      {R"("[,:{}] [,:]")", false},
      {"            \n\n\n\n\n\n\n\n\n\n[[[[[[[[[[[[[[[", true},
      {"\"", true},
  };
  for (const Row& row : rows) {
    for (std::size_t size = 1; size < 5; ++size) {
      CAPTURE(row.text);
      CAPTURE(size);
      if (row.good) {
        CHECK(through(row.text, size) == row.text);
      } else {
        CHECK_THROWS_AS(through(row.text, size), Error);
      }
    }
  }
}

TEST_CASE("the text between values is limited too, because nlohmann's lexer keeps it") {
  std::string braces;
  while (braces.size() < 65'536) braces += "{},\n";
  CHECK(through(braces, 4096) == braces);
  CHECK_THROWS_AS(through(braces + " ", 4096), Error);
  CHECK(through(braces + "1" + braces, 4096).size() == 2 * braces.size() + 1);
}
