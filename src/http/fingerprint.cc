// SPDX-License-Identifier: MIT
#include "http/fingerprint.h"

#include <algorithm>

#include "base/ascii.h"

namespace rimfs::http {
namespace {

using Algorithm = Fingerprint::Algorithm;

constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kSha256Digits = 64;

bool is_hex_digit(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

/// Removes `word` and the blanks after it from the beginning of `text`, which is in lower case.
bool skip(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text = trimmed(text.substr(word.size()));
  return true;
}

/// Removes the name of an algorithm from the beginning of `text`. Returns false for a name without an end.
bool skip_algorithm(std::string_view& text, std::optional<Algorithm>& algorithm) {
  if (skip(text, "sha-256") || skip(text, "sha256")) {
    algorithm = Algorithm::sha256;
  } else if (skip(text, "sha-1") || skip(text, "sha1")) {
    algorithm = Algorithm::sha1;
  }
  const bool named = skip(text, "fingerprint") || skip(text, "thumbprint") || algorithm;
  return !named || skip(text, ":") || skip(text, "=");
}

/// The digits without separators. Returns nothing unless all pairs of digits, or none, are separated by one character.
std::optional<std::string> digits_of(std::string_view text) {
  const char separator = text.size() > 2 && (text[2] == ':' || text[2] == ' ') ? text[2] : '\0';
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_separator = separator != '\0' && i % 3 == 2;
    if (at_separator ? text[i] != separator : !is_hex_digit(text[i])) return std::nullopt;
    if (!at_separator) digits += text[i];
  }
  return separator != '\0' && text.size() % 3 != 2 ? std::nullopt : std::optional(digits);
}

}  // namespace

std::optional<Fingerprint> read_fingerprint(std::string_view text) {
  const std::string lower_case = lower(trimmed(text));
  std::string_view rest = lower_case;
  std::optional<Algorithm> named;
  if (!skip_algorithm(rest, named)) return std::nullopt;
  std::optional<std::string> digits = digits_of(rest);
  if (!digits || (digits->size() != kSha1Digits && digits->size() != kSha256Digits)) return std::nullopt;
  const Algorithm algorithm = digits->size() == kSha1Digits ? Algorithm::sha1 : Algorithm::sha256;
  if (named && *named != algorithm) return std::nullopt;
  return Fingerprint{algorithm, std::move(*digits)};
}

std::string show(const Fingerprint& fingerprint) {
  std::string text = fingerprint.algorithm == Algorithm::sha1 ? "sha1" : "sha256";
  for (std::size_t i = 0; i < fingerprint.digits.size(); ++i) {
    if (i % 2 == 0) text += ':';
    const char digit = fingerprint.digits[i];
    text += is_letter(digit) ? static_cast<char>(digit - 'a' + 'A') : digit;
  }
  return text;
}

}  // namespace rimfs::http
