// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <streambuf>

#include "base/pieces.h"

namespace rimfs {

/// The characters of a JSON document for nlohmann's SAX parser, whose lexer keeps the whole of each string and number
/// in memory several times, and all that stands between two of them. Throws Error{corrupt} as soon as a value is longer
/// than `longest`, or 64 KiB follow one another without a value. One thread.
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
  std::size_t length_ = 0;   // of the string or number so far
  std::size_t between_ = 0;  // brackets, commas and blanks since the last one
};

}  // namespace rimfs
