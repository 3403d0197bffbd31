// SPDX-License-Identifier: MIT
#include "config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/ascii.h"
#include "base/printable.h"
#include "config/source_url.h"
#include "http/path_parameters.h"

namespace rimfs::config {
namespace {

/// Longer words are cut in messages, so that a message takes one or two lines of a terminal.
constexpr std::size_t kLongestQuote = 60;

/// Removes "." from a path. A path with ".." stays unchanged: "a/.." is another folder where a is a symbolic link.
std::string normal(const std::filesystem::path& path) {
  const bool has_parents = std::find(path.begin(), path.end(), "..") != path.end();
  return has_parents ? path.string() : path.lexically_normal().string();
}

}  // namespace

void refuse(const Position& position, std::string_view wrong, std::string_view allowed) {
  std::string message = position.text.empty() ? std::string(wrong) : fmt::format("{}: {}", position.text, wrong);
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
  // A further "@" may end a password that contains an unescaped "/", "?" or "#".
  const std::string_view rest = word.substr(start + (at == std::string_view::npos ? 0 : at + 1));
  if (rest.find('@') != std::string_view::npos) return shown + "...";
  return shown + http::without_path_secrets(rest.substr(0, rest.find_first_of("?#")));
}

void check_is_path(const Value& name) {
  const bool is_path = name.text.starts_with('/') || name.text.starts_with('.');
  if (is_path || !has_scheme(split_name(name.text).url)) return;
  refuse(name.position, in_quotes(presentable(name.text)) + " is a URL", "name a file or folder here");
}

std::string absolute_path(const Value& name) {
  check_is_path(name);
  if (name.text.starts_with('/')) return name.text;
  if (name.text.empty()) refuse(name.position, "empty file name", "name a file");
  return normal(std::filesystem::path(folder_of(name.position)) / name.text);
}

std::string folder_of(const Position& position) {
  if (position.directory.starts_with('/')) return position.directory;
  std::error_code problem;
  const std::filesystem::path here = std::filesystem::current_path(problem);
  if (problem) refuse(position, "the working directory: " + problem.message(), "file names that begin with /");
  return position.directory.empty() ? here.string() : normal(here / position.directory);
}

bool toggle_of(const Value& value) {
  for (std::string_view yes : {"true", "yes", "on"}) {
    if (value.text == yes) return true;
  }
  for (std::string_view no : {"false", "no", "off"}) {
    if (value.text == no) return false;
  }
  refuse(value.position, fmt::format("invalid value: {} is neither true nor false", in_quotes(value.text)),
         "allowed: true or false");
}

ByteCount bytes_of(const Value& value) {
  ByteCount bytes;
  if (!parse_bytes(value.text, bytes)) {
    refuse(value.position, "invalid size: " + in_quotes(value.text), "allowed: sizes such as 64K, 1M or 1GiB");
  }
  return bytes;
}

}  // namespace rimfs::config
