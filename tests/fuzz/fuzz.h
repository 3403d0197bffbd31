// SPDX-License-Identifier: MIT
// What all fuzz targets share: how a property is stated, how an input is divided, what a safe name is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"

namespace rimfs::fuzz {

/// Ends the process with the place of the statement when the property does not hold: libFuzzer then keeps the input.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: the property does not hold\n", file, line);
  std::abort();
}

/// What `parse` returns; nothing when it refuses the input with an Error of this kind. Any other exception is a
/// finding.
template <typename Parse>
auto accepted(ErrorKind refusal, Parse parse) -> std::optional<decltype(parse())> {
  try {
    return parse();
  } catch (const Error& error) {
    require(error.kind() == refusal);
    require(!error.message().empty());
    return std::nullopt;
  }
}

/// An input that is read from its begin to its end. What is missing reads as empty or 0.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  /// Up to the next line feed, which is dropped.
  std::string line() {
    const std::string_view found = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(found.size() + 1, rest_.size()));
    return std::string(found);
  }
  /// As it stands in memory: little-endian.
  template <typename Number>
  Number number() {
    static_assert(std::is_integral_v<Number>);
    Number value{};
    const std::size_t count = std::min(sizeof value, rest_.size());
    std::memcpy(&value, rest_.data(), count);
    rest_.remove_prefix(count);
    return value;
  }
  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// True when no C0 or C1 control character is in the text, DEL included.
inline bool has_no_controls(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0 &&
                    static_cast<unsigned char>(text[i + 1]) >= 0x80;
    if (c1) return false;
  }
  return true;
}

/// True for what may be the name of a file in a mount.
inline bool is_safe_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos && has_no_controls(name);
}

}  // namespace rimfs::fuzz
