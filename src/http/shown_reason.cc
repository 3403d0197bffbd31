// SPDX-License-Identifier: MIT
#include "http/shown_reason.h"

#include <algorithm>
#include <vector>

#include "base/ascii.h"
#include "base/split.h"

namespace rimfs::http {
namespace {

constexpr std::string_view kNotShown = "(not shown)";

bool may_hold_login(std::string_view text) {
  return text.starts_with("Unsupported proxy") || text.find("://") != std::string_view::npos ||
         text.find('@') != std::string_view::npos;
}

void replace_all(std::string& text, std::string_view secret) {
  if (secret.size() < kShortestReplaced) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kNotShown.size())) {
    text.replace(at, secret.size(), kNotShown);
  }
}

/// Replaces the value of "Name: Scheme value", with and without its scheme.
void replace_header(std::string& text, const Secret& header) {
  const std::string_view line = header.reveal();
  const std::string_view value = trimmed(line.substr(std::min(line.find(':') + 1, line.size())));
  replace_all(text, value);
  if (const std::size_t space = value.rfind(' '); space != std::string_view::npos) {
    replace_all(text, value.substr(space + 1));
  }
}

/// Replaces each value of "name=value; name=value".
void replace_cookies(std::string& text, const Secret& cookies) {
  for (const std::string_view pair : split(cookies.reveal(), ';')) {
    const std::size_t equals = pair.find('=');
    replace_all(text, trimmed(equals == std::string_view::npos ? pair : pair.substr(equals + 1)));
  }
}

}  // namespace

std::string shown_text_of_curl(std::string_view text) {
  if (!may_hold_login(text)) return std::string(text);
  const std::size_t open = text.find('\'');
  const std::size_t close = text.rfind('\'');
  if (open == close) return std::string(kNotShown);  // the position of the URL is unknown
  std::string shown(text.substr(0, open));
  shown.append(kNotShown).append(text.substr(close + 1));
  return shown;
}

std::string without_secret(std::string text, const Secret& secret) {
  replace_all(text, secret.reveal());
  return text;
}

std::string without_header(std::string text, const Secret& header) {
  replace_header(text, header);
  return text;
}

std::string without_secrets(std::string text, const ServerAccess& access, const Login::Credentials* login) {
  for (const Secret* secret : {&access.password, &access.bearer}) replace_all(text, secret->reveal());
  replace_cookies(text, access.cookie);
  for (const Secret& header : access.headers) replace_header(text, header);
  if (!login) return text;
  replace_cookies(text, login->cookie);
  for (const Secret& header : login->headers) replace_header(text, header);
  return text;
}

}  // namespace rimfs::http
