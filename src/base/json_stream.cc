// SPDX-License-Identifier: MIT
#include "base/json_stream.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rimfs {
namespace {

constexpr std::size_t kMostBetween = 65'536;

bool divides(char c) {
  constexpr std::string_view kBetweenValues = " \t\r\n,:[]{}";
  return kBetweenValues.find(c) != std::string_view::npos;
}

}  // namespace

JsonStream::int_type JsonStream::underflow() {
  const std::string_view piece = pieces_();
  if (piece.empty()) return traits_type::eof();
  check(piece);
  char* const begin = const_cast<char*>(piece.data());  // a streambuf used only for reading does not write here
  setg(begin, begin, begin + piece.size());
  return traits_type::to_int_type(*begin);
}

void JsonStream::check(std::string_view piece) {
  for (const char c : piece) {
    if (in_string_) {
      const bool ends = c == '"' && !escaped_;
      escaped_ = c == '\\' && !escaped_;
      if (ends) in_string_ = false;
      ++length_;
    } else if (divides(c)) {
      length_ = 0;
      if (++between_ > kMostBetween) {
        throw Error(ErrorKind::corrupt, fmt::format("the JSON holds {} bytes without a value", kMostBetween));
      }
    } else {
      in_string_ = c == '"';
      length_ = in_string_ ? 0 : length_ + 1;
      between_ = 0;
    }
    if (length_ > longest_) {
      throw Error(ErrorKind::corrupt, fmt::format("the JSON holds a value of more than {} bytes", longest_));
    }
  }
}

}  // namespace rimfs
