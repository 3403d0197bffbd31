// SPDX-License-Identifier: MIT
#include "config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "base/ascii.h"
#include "base/printable.h"
#include "config/source_url.h"
#include "http/path_parameters.h"

namespace rimfs::config {
namespace {

/// Longer words are cut in messages, which are to stay one line of a terminal or two.
constexpr std::size_t kLongestQuote = 60;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kByteUnits = {Unit{"", 1},           Unit{"b", 1},          Unit{"k", 1ULL << 10},
                                   Unit{"m", 1ULL << 20}, Unit{"g", 1ULL << 30}, Unit{"t", 1ULL << 40}};
constexpr std::array kTimeUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}};
/// Three years: far more than anyone means, far less than overflows a clock.
constexpr std::uint64_t kLongestDuration = 26'280ULL * 3'600'000;

/// Splits "1.5g" into digits, fraction and unit. False without leading digits.
bool split(std::string_view text, std::string_view& whole, std::string_view& fraction, std::string_view& unit) {
  const auto digits = [&](std::size_t from) {
    std::size_t at = from;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
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

/// number x factor, exact; false when that overflows or is no whole number.
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
  if (!split(word, whole, fraction, unit)) return false;
  if (binary && unit.size() == 3 && unit.ends_with("ib")) unit = unit.substr(0, 1);
  if (binary && unit.size() == 2 && unit.ends_with("b")) unit = unit.substr(0, 1);
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
  return found != units.end() && scale(whole, fraction, found->factor, result);
}

/// Without "." in it. ".." stays: "a/.." is another folder where a is a symbolic link.
std::string normal(const std::filesystem::path& path) {
  const bool has_parents = std::find(path.begin(), path.end(), "..") != path.end();
  return has_parents ? path.string() : path.lexically_normal().string();
}

}  // namespace

void refuse(const Place& place, std::string_view wrong, std::string_view allowed) {
  std::string message = place.text.empty() ? std::string(wrong) : fmt::format("{}: {}", place.text, wrong);
  if (!allowed.empty()) message += fmt::format("; {}", allowed);
  throw Error(ErrorKind::misuse, std::move(message));
}

std::string in_quotes(std::string_view word) { return fmt::format("\"{}\"", printable(word, kLongestQuote)); }

std::string_view option_name(std::string_view word) { return word.substr(0, word.find('=')); }

std::string presentable(std::string_view word) {
  const std::size_t scheme = word.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::string shown(word.substr(0, start));
  const std::size_t end = word.find_first_of("/?#", start);
  const std::string_view authority = word.substr(start, end == std::string_view::npos ? end : end - start);
  const std::size_t at = authority.rfind('@');
  // An "@" further on may end a password with an unescaped "/", "?" or "#" in it.
  const std::string_view rest = word.substr(start + (at == std::string_view::npos ? 0 : at + 1));
  if (rest.find('@') != std::string_view::npos) return shown + "...";
  return shown + http::without_path_secrets(rest.substr(0, rest.find_first_of("?#")));
}

void check_is_path(const Value& name) {
  const bool is_path = name.text.starts_with('/') || name.text.starts_with('.');
  if (is_path || !has_scheme(split_name(name.text).url)) return;
  refuse(name.place, in_quotes(presentable(name.text)) + " is a URL", "a file or folder is wanted here");
}

std::string absolute_path(const Value& name) {
  check_is_path(name);
  if (name.text.starts_with('/')) return name.text;
  if (name.text.empty()) refuse(name.place, "the file name is empty", "a file name");
  return normal(std::filesystem::path(folder_of(name.place)) / name.text);
}

std::string folder_of(const Place& place) {
  if (place.directory.starts_with('/')) return place.directory;
  std::error_code problem;
  const std::filesystem::path here = std::filesystem::current_path(problem);
  if (problem) refuse(place, "the working directory: " + problem.message(), "file names that begin with /");
  return place.directory.empty() ? here.string() : normal(here / place.directory);
}

bool parse_count(std::string_view text, std::uint64_t& count) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  return problem == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool parse_bytes(std::string_view text, ByteCount& bytes) {
  // Positions are signed in the kernel: more than 2^63 - 1 can be nobody's offset or size.
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

}  // namespace rimfs::config
