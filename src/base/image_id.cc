// SPDX-License-Identifier: MIT
#include "base/image_id.h"

#include <fmt/format.h>

#include <charconv>

#include "base/checksum.h"

namespace rimfs {
namespace {

constexpr std::size_t kHalf = 16;  // digits

std::optional<std::uint64_t> half_of(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string ImageId::hex() const { return fmt::format("{:016x}{:016x}", high_, low_); }

std::optional<ImageId> ImageId::from_hex(std::string_view text) {
  if (text.size() != 2 * kHalf) return std::nullopt;
  const auto high = half_of(text.substr(0, kHalf));
  const auto low = half_of(text.substr(kHalf));
  if (!high || !low) return std::nullopt;
  ImageId id;
  id.high_ = *high;
  id.low_ = *low;
  if (id.hex() != text) return std::nullopt;  // rejects a sign and capital letters: each value has exactly one text
  return id;
}

ImageIdBuilder& ImageIdBuilder::add(std::string_view text) {
  text_ += fmt::format("{}:", text.size());
  text_ += text;
  return *this;
}

ImageIdBuilder& ImageIdBuilder::add(std::uint64_t number) { return add(std::to_string(number)); }

ImageIdBuilder& ImageIdBuilder::add(const ImageId& id) { return add(id.hex()); }

ImageId ImageIdBuilder::finish() const {
  const Hash128 hash = xxh3_128(text_);
  ImageId id;
  id.high_ = hash.high;
  id.low_ = hash.low;
  return id;
}

}  // namespace rimfs
