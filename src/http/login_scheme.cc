// SPDX-License-Identifier: MIT
#include "http/login_scheme.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace rimfs::http {
namespace {

/// More names than there are schemes are no help to anybody.
constexpr std::size_t kMostSchemes = 8;

constexpr std::array<std::string_view, 4> kNames = {"Basic", "Digest", "NTLM", "Negotiate"};

/// Removes the text up to the next comma that is not inside a quoted string, and the comma, from the front of `text`.
std::string_view take_element(std::string_view& text) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size() && (quoted || text[end] != ','); ++end) {
    if (text[end] == '"') quoted = !quoted;
    if (text[end] == '\\' && quoted) ++end;
  }
  end = std::min(end, text.size());
  const std::string_view element = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(element);
}

}  // namespace

std::string_view name_of(LoginScheme scheme) { return kNames[static_cast<std::size_t>(scheme)]; }

std::vector<std::string> schemes_in(std::string_view header) {
  std::vector<std::string> schemes;
  while (!header.empty()) {
    const std::string_view element = take_element(header);
    const std::string_view word = element.substr(0, element.find_first_of(" \t"));
    // "name=value" and "name = value" are parameters of the challenge before.
    const std::string_view rest = trimmed(element.substr(word.size()));
    const bool parameter = word.find('=') != std::string_view::npos || rest.starts_with('=');
    const bool name = std::all_of(word.begin(), word.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
    if (!word.empty() && name && !parameter && schemes.size() < kMostSchemes) schemes.emplace_back(word);
  }
  return schemes;
}

bool offers(const std::vector<std::string>& offered, LoginScheme scheme) {
  return std::any_of(offered.begin(), offered.end(),
                     [&](const std::string& one) { return equal_ignoring_case(one, name_of(scheme)); });
}

std::optional<LoginScheme> scheme_after(LoginScheme used, const std::vector<std::string>& offered, bool has_user) {
  if (offers(offered, used)) return std::nullopt;
  using enum LoginScheme;
  for (const LoginScheme scheme : {digest, ntlm, basic}) {
    if (offers(offered, scheme) && has_user) return scheme;
  }
  return std::nullopt;
}

}  // namespace rimfs::http
