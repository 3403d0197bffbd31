// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/pieces.h"

namespace rimfs::fuzz {

/// The text in pieces of 1 to 7 bytes, so that a parser of streams is cut at every kind of place. It must outlive the
/// pieces.
inline Pieces small_pieces(std::string_view text) {
  return [text, number = std::size_t{0}]() mutable {
    number = number % 7 + 1;
    const std::string_view piece = text.substr(0, number);
    text.remove_prefix(piece.size());
    return piece;
  };
}

}  // namespace rimfs::fuzz
