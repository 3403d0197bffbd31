// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>
#include <utility>

namespace rimfs {

/// A long text, piece by piece, so that a parser can take it as a stream. Returns the next piece, which stays valid
/// until the next call; an empty one is the end.
using Pieces = std::function<std::string_view()>;

/// A text that is in memory already, as one piece. It must outlive the pieces.
inline Pieces one_piece(std::string_view text) {
  return [text]() mutable { return std::exchange(text, std::string_view()); };
}

}  // namespace rimfs
