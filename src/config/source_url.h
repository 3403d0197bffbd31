// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "catalog/source.h"
#include "config/value.h"

namespace rimfs::config {

/// A source's URL taken apart as far as a mount needs it. A plain value.
struct SourceUrl {
  const catalog::SourceKind* kind = nullptr;  ///< What it names; never null.
  std::string url;     ///< Without user, password and fragment; spaces and non-ASCII encoded. With a scheme of its own,
                       ///< the server's.
  std::string name;    ///< The path's last part, without a session in it, decoded once; the host when it is empty.
  std::string folder;  ///< With a scheme of its own: what to show of the server, still encoded.
  std::optional<std::string> user;  ///< Decoded.
  std::optional<Secret> password;   ///< Decoded.
};

/// Throws Error{misuse} for an invalid URL and for one with any other scheme than http, https and those of
/// catalog/source_kinds.h; the message shows no password.
SourceUrl parse_source_url(const Value& text);

/// True for a word that begins with "something://".
bool has_scheme(std::string_view word);

/// "NAME=URL" split at the first "=" that a scheme follows; no name in a word that is a URL itself.
struct NamedUrl {
  std::optional<std::string> name;
  std::string url;
};
NamedUrl split_name(const std::string& word);

/// Refuses what cannot be a file name: empty, ".", "..", with "/", too long.
void check_file_name(const std::string& name, const Place& place);

}  // namespace rimfs::config
