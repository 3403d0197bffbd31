// SPDX-License-Identifier: MIT
#include "base/quantity_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"

namespace rimfs {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kByteUnits = {Unit{"", 1},           Unit{"b", 1},          Unit{"k", 1ULL << 10},
                                   Unit{"m", 1ULL << 20}, Unit{"g", 1ULL << 30}, Unit{"t", 1ULL << 40}};
constexpr std::array kTimeUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}};
/// Three years: longer than any sensible setting, and far too short to overflow a clock.
constexpr std::uint64_t kLongestDuration = 26'280ULL * 3'600'000;

/// Splits "1.5g" into digits, fraction and unit. Returns false without leading digits.
bool take_apart(std::string_view text, std::string_view& whole, std::string_view& fraction, std::string_view& unit) {
  const auto digits = [&](std::size_t from) {
    std::size_t at = from;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at;
  };
  std::size_t at = digits(0);
  whole = text.substr(0, at);
  if (whole.empty()) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = digits(at + 1);
    fraction = text.substr(at + 1, end - at - 1);
    if (fraction.empty() || fraction.size() > 6) return false;
    at = end;
  }
  while (at < text.size() && text[at] == ' ') ++at;
  unit = text.substr(at);
  return true;
}

/// Multiplies a decimal number by `factor` exactly. Returns false when the result overflows or is not an integer.
bool scale(std::string_view whole, std::string_view fraction, std::uint64_t factor, std::uint64_t& result) {
  std::uint64_t units = 0;
  if (!parse_count(whole, units) || __builtin_mul_overflow(units, factor, &result)) return false;
  if (fraction.empty()) return true;
  std::uint64_t part = 0, ten = 1;
  if (!parse_count(fraction, part)) return false;
  for (std::size_t i = 0; i < fraction.size(); ++i) ten *= 10;
  if (__builtin_mul_overflow(part, factor, &part) || part % ten != 0) return false;
  return !__builtin_add_overflow(result, part / ten, &result);
}

template <std::size_t N>
bool parse_scaled(std::string_view text, const std::array<Unit, N>& units, bool binary, std::uint64_t& result) {
  const std::string word = lower(text);
  std::string_view whole, fraction, unit;
  if (!take_apart(word, whole, fraction, unit)) return false;
  if (binary && unit.size() == 3 && unit.ends_with("ib")) unit = unit.substr(0, 1);
  if (binary && unit.size() == 2 && unit.ends_with("b")) unit = unit.substr(0, 1);
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
  return found != units.end() && scale(whole, fraction, found->factor, result);
}

}  // namespace

bool parse_count(std::string_view text, std::uint64_t& count) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  return problem == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool parse_bytes(std::string_view text, ByteCount& bytes) {
  // File positions are signed in the kernel, so no offset or size exceeds 2^63 - 1.
  return parse_scaled(text, kByteUnits, true, bytes.value) && bytes.value <= INT64_MAX;
}

bool parse_duration(std::string_view text, std::chrono::milliseconds& duration) {
  std::uint64_t count = 0;
  if (text == "0") return duration = {}, true;
  if (!parse_scaled(text, kTimeUnits, false, count) || count > kLongestDuration) return false;
  duration = std::chrono::milliseconds(static_cast<std::int64_t>(count));
  return true;
}

std::string show(ByteCount bytes) {
  constexpr std::string_view kNames = "KMGT";
  std::uint64_t value = bytes.value;
  std::size_t steps = 0;
  while (value != 0 && value % 1024 == 0 && steps < kNames.size()) value /= 1024, ++steps;
  return steps == 0 ? fmt::format("{}", value) : fmt::format("{}{}", value, kNames[steps - 1]);
}

std::string show(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  if (count == 0) return "0";
  if (count % 3'600'000 == 0) return fmt::format("{}h", count / 3'600'000);
  if (count % 60'000 == 0 && count > 60'000) return fmt::format("{}m", count / 60'000);
  if (count % 1000 == 0) return fmt::format("{}s", count / 1000);
  return fmt::format("{}ms", count);
}

double in_mebibytes(ByteCount bytes) { return static_cast<double>(bytes.value) / (1 << 20); }

std::string show_mebibytes(ByteCount bytes) { return fmt::format("{:.1f} MiB", in_mebibytes(bytes)); }

}  // namespace rimfs
