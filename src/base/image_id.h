// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rimfs {

/// A 128-bit identity of an image. It covers everything that determines the image's bytes. Only ImageIdBuilder makes
/// one, so every key that uses it covers all of these inputs. A plain value.
class ImageId {
 public:
  ImageId() = default;

  auto operator<=>(const ImageId&) const = default;

  /// 32 hexadecimal digits.
  std::string hex() const;
  /// The inverse of hex(); returns nothing for any other text.
  static std::optional<ImageId> from_hex(std::string_view text);
  /// The low half of the value, for headers with space for 8 bytes.
  std::uint64_t low() const { return low_; }

 private:
  friend class ImageIdBuilder;
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

/// Collects the parts of an identity in a fixed order. The length of each part precedes it, so two different lists of
/// parts never produce the same text. The result is the 128-bit XXH3 of that text, equal on all machines.
class ImageIdBuilder {
 public:
  /// `kind` separates identities of different meaning, for example "image" and "store".
  explicit ImageIdBuilder(std::string_view kind) { add(kind); }

  ImageIdBuilder& add(std::string_view text);
  ImageIdBuilder& add(std::uint64_t number);
  ImageIdBuilder& add(const ImageId& id);
  ImageId finish() const;

 private:
  std::string text_;
};

}  // namespace rimfs
