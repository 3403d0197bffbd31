// SPDX-License-Identifier: MIT
#include "base/xml_guard.h"

#include <fmt/format.h>

#include "base/error.h"

namespace rimfs {

void XmlGuard::check(std::string_view piece) {
  for (const char c : piece) {
    switch (state_) {
      case State::text:
        if (c == '<') state_ = State::opened;
        continue;
      case State::opened:
        length_ = 0;
        // A comment may contain a quote that is never closed. "<?xml ... ?>" is short; if it is not, libxml2 accepts no
        // tag after it.
        state_ = c == '!' ? State::declaration : State::tag;
        if (c == '>') state_ = State::text;
        continue;
      case State::declaration:
        if (c == '>') state_ = State::text;
        continue;
      case State::quoted:
        if (c == quote_) state_ = State::tag;
        break;
      case State::tag:
        if (c == '"' || c == '\'') {
          quote_ = c;
          state_ = State::quoted;
        } else if (c == '>') {
          state_ = State::text;
        }
        break;
    }
    if (++length_ > longest_) {
      throw Error(ErrorKind::corrupt, fmt::format("the XML holds a tag of more than {} bytes", longest_));
    }
  }
}

}  // namespace rimfs
