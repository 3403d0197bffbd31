// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/pieces.h"
#include "base/units.h"

namespace rimfs::http {

/// A document's body in pieces of at most 1 MiB. Appending never moves existing bytes, so its cost is proportional to
/// the new bytes. A parser frees each piece as soon as it has read it. A value; one thread at a time.
class Body {
 public:
  Body() = default;
  explicit Body(std::string_view text) { add(text); }

  void add(std::string_view bytes) {
    size_ += ByteCount{bytes.size()};
    while (!bytes.empty()) {
      if (pieces_.empty() || pieces_.back().size() == kPiece) pieces_.emplace_back().reserve(first_or_full());
      std::string& last = pieces_.back();
      const std::string_view part = bytes.substr(0, kPiece - last.size());
      last.append(part);
      bytes.remove_prefix(part.size());
    }
  }

  ByteCount size() const { return size_; }

  /// The pieces of a body that is not needed afterwards. Each piece is freed when the next one is requested.
  static Pieces consume(Body& body) {
    return [&body, current = std::string()]() mutable -> std::string_view {
      current.clear();
      current.shrink_to_fit();
      if (body.pieces_.empty()) return {};
      current = std::move(body.pieces_.front());
      body.pieces_.pop_front();
      return current;
    };
  }

  /// The whole body as one string; the pieces are freed one by one.
  static std::string joined(Body body) {
    std::string text;
    text.reserve(body.size_.value);
    for (; !body.pieces_.empty(); body.pieces_.pop_front()) text += body.pieces_.front();
    return text;
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 20;

  /// The first piece grows on demand, because most documents are small.
  std::size_t first_or_full() const { return size_.value < kPiece ? 0 : kPiece; }

  std::deque<std::string> pieces_;
  ByteCount size_;
};

}  // namespace rimfs::http
