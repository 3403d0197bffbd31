// SPDX-License-Identifier: MIT
#include "config/source_url.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/ascii.h"
#include "catalog/source_kinds.h"
#include "http/path_parameters.h"
#include "http/url.h"

namespace rimfs::config {
namespace {

/// "write http(s)://HOST[:PORT]/PATH or vsphere://...", for messages.
std::string allowed_urls() {
  std::string forms = "write http(s)://HOST[:PORT]/PATH";
  for (const catalog::SourceKind* kind : catalog::kinds_with_scheme()) forms += fmt::format(" or {}", kind->url_form);
  return forms;
}

/// "http, https nor vsphere", for messages about other schemes.
std::string allowed_schemes() {
  std::vector<std::string_view> schemes{"http", "https"};
  for (const catalog::SourceKind* kind : catalog::kinds_with_scheme()) schemes.push_back(kind->scheme);
  const std::string_view last = schemes.back();
  schemes.pop_back();
  return fmt::format("{} nor {}", fmt::join(schemes, ", "), last);
}

/// The longest file name in Linux.
constexpr std::size_t kLongestName = 255;

/// The length of the scheme, or 0. Examines only the characters that may belong to a scheme, so that splitting a word
/// at "=" takes linear time.
std::size_t scheme_length(std::string_view word) {
  if (word.empty() || !is_letter(word[0])) return 0;
  const auto* const stop = std::find_if_not(
      word.begin(), word.end(), [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
  const auto length = static_cast<std::size_t>(stop - word.begin());
  return word.substr(length).starts_with("://") ? length : 0;
}

std::string_view last_part(std::string_view path) {
  const std::string_view inner = trimmed(path, "/");
  const std::size_t slash = inner.rfind('/');
  return slash == std::string_view::npos ? inner : inner.substr(slash + 1);
}

/// A URL without what follows its first "!/", and that.
struct ArchiveUrl {
  std::string url;
  std::vector<std::string> members;
};

/// "!/" in a query counts once, the last one: it may be part of a value. Percent-encoded (%21/) it never counts.
ArchiveUrl split_members(std::string_view text) {
  constexpr std::string_view kMark = "!/";
  const std::size_t authority = text.find("://");
  const std::size_t path = authority == std::string_view::npos ? text.npos : text.find('/', authority + 3);
  if (path == std::string_view::npos) return {std::string(text), {}};
  const std::string_view without_fragment = text.substr(0, text.find('#', path));
  const std::size_t query = std::min(without_fragment.find('?', path), without_fragment.size());
  const std::size_t in_path = without_fragment.substr(0, query).find(kMark, path);
  std::string_view members;
  ArchiveUrl split;
  if (in_path != std::string_view::npos) {
    members = without_fragment.substr(in_path, query - in_path);
    split.url = std::string(text.substr(0, in_path)) + std::string(without_fragment.substr(query));
  } else {
    const std::size_t in_query = without_fragment.substr(query).rfind(kMark);
    if (in_query == std::string_view::npos) return {std::string(text), {}};
    members = without_fragment.substr(query + in_query);
    split.url = std::string(text.substr(0, query + in_query));
  }
  while (!members.empty()) {
    members.remove_prefix(kMark.size());
    const std::size_t end = std::min(members.find(kMark), members.size());
    split.members.push_back(http::percent_decode(members.substr(0, end)));
    members.remove_prefix(end);
  }
  return split;
}

http::UserUrl read_url(const Value& text) {
  try {
    return http::read_user_url(text.text);
  } catch (const Error& error) {
    refuse(text.position, fmt::format("{}: {}", error.message(), in_quotes(presentable(text.text))), allowed_urls());
  }
}

/// What is no host must not be read as one: libcurl takes "20240101" for an IP address.
std::string authority_as_written(std::string_view url) {
  std::string_view rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  return std::string(rest.substr(rest.rfind('@') + 1));
}

}  // namespace

bool has_scheme(std::string_view word) { return scheme_length(word) > 0; }

NamedUrl split_name(const std::string& word) {
  if (has_scheme(word)) return {std::nullopt, word};
  for (std::size_t at = word.find('='); at != std::string::npos; at = word.find('=', at + 1)) {
    if (has_scheme(std::string_view(word).substr(at + 1))) return {word.substr(0, at), word.substr(at + 1)};
  }
  return {std::nullopt, word};
}

SourceUrl parse_source_url(const Value& word) {
  ArchiveUrl split = split_members(word.text);
  const Value text{std::move(split.url), word.position};
  const std::string_view all = text.text;
  const std::string scheme = lower(all.substr(0, scheme_length(all)));
  const catalog::SourceKind* const own = catalog::kind_of_scheme(scheme);
  if (scheme != "http" && scheme != "https" && !own) {
    refuse(text.position, fmt::format("invalid URL: {} is neither {}", in_quotes(presentable(all)), allowed_schemes()),
           allowed_urls());
  }
  http::UserUrl read = read_url(text);
  SourceUrl result;
  result.user = std::move(read.user);
  if (read.password) result.password = Secret(std::move(*read.password));
  const std::string authority = own && !own->names_host ? authority_as_written(all) : read.authority;
  result.name = http::percent_decode(last_part(http::without_path_secrets(read.path)));
  if (!read.path.ends_with('/')) result.file_name = result.name;
  if (result.name.empty()) result.name = authority;
  result.members = std::move(split.members);
  for (const std::string& member : result.members) {
    const std::string_view name = last_part(member);
    if (!name.empty()) result.name = name;
  }
  if (own) {
    const bool is_file = own->file_kind && !read.path.ends_with('/');
    if (read.url.find('?') != std::string::npos) {
      refuse(text.position, fmt::format("invalid URL: {} has a query", in_quotes(presentable(all))),
             "write a ? in a name as %3F");
    }
    result.kind = is_file ? own->file_kind : own;
    catalog::WebAddress where = own->locate(authority, read.path);
    result.url = std::move(where.url);
    result.folder = std::move(where.folder);
    return result;
  }
  result.kind = &catalog::kind_of_url(read.path, read.url);
  result.url = std::move(read.url);
  return result;
}

void check_file_name(const std::string& name, const Position& position) {
  constexpr std::string_view kAdvice = "give the file a name: NAME=URL, or name: in a configuration file";
  if (name.empty()) refuse(position, "no file name for this source", kAdvice);
  const bool bad =
      name == "." || name == ".." || name.find('/') != std::string::npos || name.find('\0') != std::string::npos;
  if (bad) refuse(position, fmt::format("invalid file name: {}", in_quotes(name)), kAdvice);
  if (name.size() > kLongestName) refuse(position, "the file name is longer than 255 bytes", kAdvice);
}

}  // namespace rimfs::config
