// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "catalog/source.h"
#include "config/value.h"

namespace rimfs::config {

/// The parts of a source's URL that a mount needs. A plain value.
struct SourceUrl {
  const catalog::SourceKind* kind = nullptr;  ///< The kind of source; never null.
  std::string url;   ///< http::UserUrl::url. For a kind with a scheme of its own: the URL of the server.
  std::string name;  ///< The last part of the path, decoded once, without a session in it; the host when that is empty.
  std::string file_name;             ///< The last part of the path, as `name`; empty when the path ends in "/".
  std::vector<std::string> members;  ///< What follows each "!/", decoded: members of the archive at `url`.
  std::string folder;  ///< The folder of the server to show, still encoded; only for a kind with a scheme of its own.
  std::optional<std::string> user;  ///< The user name, decoded.
  std::optional<Secret> password;   ///< The password, decoded.
};

/// A URL of an archive, "!/" and the path of a member in it. The URL's query may stand before "!/" or at the end.
/// Throws Error{misuse} for an invalid URL, and for a scheme other than http, https and those of
/// catalog/source_kinds.h. The message shows no password.
SourceUrl parse_source_url(const Value& text);

/// True for a word that begins with "SCHEME://".
bool has_scheme(std::string_view word);

/// "NAME=URL" split at the first "=" before a scheme. A word that is a URL itself has no name.
struct NamedUrl {
  std::optional<std::string> name;
  std::string url;
};
NamedUrl split_name(const std::string& word);

/// Refuses invalid file names: empty, ".", "..", with "/", too long.
void check_file_name(const std::string& name, const Position& position);

}  // namespace rimfs::config
