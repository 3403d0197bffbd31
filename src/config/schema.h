// SPDX-License-Identifier: MIT
// The one table of settings. The YAML reader, the command line, the messages, --help and the reference come
// from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/secret_reader.h"
#include "config/settings.h"
#include "config/value.h"

namespace rimfs::config {

/// What a setting is about, which says where it may stand.
enum class Scope {
  mount,   ///< The whole mount: a flag, or the top level of the file.
  access,  ///< A server: a flag or the top level for all sources, or in a source for that one.
  image,   ///< One image: in a source; as a flag for all, or for the one there is.
};

/// How often a setting takes a value.
enum class Shape { word, list, toggle };

/// What a word means.
enum class Form { count, bytes, duration, choice, text, file, command };

/// Settings that say who logs in: one said nearer to the source replaces those said further out.
enum class Login { none, identity, password };

struct Setting;

/// Where a setting's value goes.
struct Target {
  Settings& settings;
  catalog::Source& source;  ///< Only for Scope::access and Scope::image.
  SecretReader& secrets;
};

/// One row of the table. Constant for the life of the program.
struct Setting {
  std::string_view path;  ///< Where it stands in YAML: "cache.memory"; in a source only the last part.
  std::string_view flag;  ///< Without "--"; also a key at the top level of the file. Empty: no flag.
  char letter;            ///< The short flag; 0: none.
  Scope scope;
  Shape shape;
  Form form;
  std::string_view metavar;  ///< "SIZE"; for Form::choice the words, divided by "|".
  std::uint64_t least;       ///< Count, bytes or milliseconds: the range; both 0: no limits.
  std::uint64_t most;
  std::string_view help;
  void (*store)(Target&, const Value&, const Setting&);
  std::string (*standard)();   ///< The default as the user would write it; null: none.
  std::string_view slot = {};  ///< Settings with the same slot are mutually exclusive.
  Login login = Login::none;
  bool secret = false;        ///< The word itself is never shown.
  bool may_be_empty = false;  ///< An empty value on the command line has a meaning.

  /// The key in a source, or the last part of the path.
  std::string_view key() const;
  /// One phrase for messages and help: "64K to 16M".
  std::string allowed() const;
};

/// All settings, in the order of the help, grouped by heading.
struct Section {
  std::string_view title;
  std::vector<Setting> settings;
};
const std::vector<Section>& schema();
Section access_section();
Section image_section();

/// Null when there is none.
const Setting* find_by_flag(std::string_view flag);
const Setting* find_by_path(std::string_view path);

/// Turn a word into what it means; refuse it with the setting's allowed() otherwise.
std::uint64_t count_of(const Value&, const Setting&);
ByteCount bytes_of(const Value&, const Setting&);
std::chrono::milliseconds duration_of(const Value&, const Setting&);
/// The number of the word in the metavar's list.
std::size_t choice_of(const Value&, const Setting&);
/// The absolute path of something that can be read.
std::string readable_file_of(const Value&, const Setting&);

/// The allowed word nearest to a mistyped one; empty when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& allowed);

}  // namespace rimfs::config
