// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <streambuf>

#include "base/pieces.h"

namespace rimfs {

/// Feeds a JSON document to nlohmann's SAX parser with a bound on memory. The parser's lexer keeps each string and
/// number, and the text between two of them, in memory several times. Throws Error{corrupt} as soon as a value is
/// longer than `longest`, or 64 KiB follow without a value. One thread.
class JsonStream : public std::streambuf {
 public:
  JsonStream(Pieces pieces, std::size_t longest) : pieces_(std::move(pieces)), longest_(longest) {}

 protected:
  int_type underflow() override;

 private:
  void check(std::string_view piece);

  const Pieces pieces_;
  const std::size_t longest_;
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t length_ = 0;   // length of the current string or number
  std::size_t between_ = 0;  // brackets, commas and blanks since the last value
};

}  // namespace rimfs
