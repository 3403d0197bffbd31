// SPDX-License-Identifier: MIT
#include "http/path_parameters.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

/// Parts of the names of such parameters, in lower case.
constexpr std::array<std::string_view, 13> kSecretNames = {"session", "sid", "token",  "auth", "sig", "secret", "pass",
                                                           "pwd",     "key", "ticket", "jwt",  "sas", "cred"};

/// `parameter` is "name=value", or a single word.
bool is_secret(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string name = lower(percent_decode(parameter.substr(0, equals)));
  return std::any_of(kSecretNames.begin(), kSecretNames.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

}  // namespace

std::string without_path_secrets(std::string_view path) {
  std::string shown;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(";/", 1), path.size());
    const std::string_view piece = path.substr(0, end);  // including the ";" or "/" that it begins with
    if (!piece.starts_with(';') || !is_secret(piece.substr(1))) shown += piece;
    path.remove_prefix(end);
  }
  return shown;
}

}  // namespace rimfs::http
