// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>
#include <utility>

namespace rimfs {

/// A long text as a sequence of pieces, so that a parser can read it as a stream. Each call returns the next piece,
/// which stays valid until the next call. An empty piece marks the end.
using Pieces = std::function<std::string_view()>;

/// A text in memory, as one piece. `text` must outlive the result.
inline Pieces one_piece(std::string_view text) {
  return [text]() mutable { return std::exchange(text, std::string_view()); };
}

}  // namespace rimfs
