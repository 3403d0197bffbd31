// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rimfs {

/// A value of 128 bits that stands for everything that makes the bytes of an image. Made by ImageIdBuilder only, so
/// that whatever is keyed by it is keyed by all of that. A plain value.
class ImageId {
 public:
  ImageId() = default;

  auto operator<=>(const ImageId&) const = default;

  /// 32 hexadecimal digits.
  std::string hex() const;
  /// The inverse of hex(); nothing for any other text.
  static std::optional<ImageId> from_hex(std::string_view text);
  /// A half of it, for headers that have room for 8 bytes.
  std::uint64_t low() const { return low_; }

 private:
  friend class ImageIdBuilder;
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

/// Collects the parts of an identity in a fixed order. Each part is preceded by its length, so that no two lists of
/// parts give the same text. The result is the XXH3 of 128 bits of that text, the same on all machines.
class ImageIdBuilder {
 public:
  /// `kind` tells identities of different meaning apart: "image", "store".
  explicit ImageIdBuilder(std::string_view kind) { add(kind); }

  ImageIdBuilder& add(std::string_view text);
  ImageIdBuilder& add(std::uint64_t number);
  ImageIdBuilder& add(const ImageId& id);
  ImageId finish() const;

 private:
  std::string text_;
};

}  // namespace rimfs
