// SPDX-License-Identifier: MIT
// The one table of settings. The YAML reader, the command line, the messages, --help and the reference derive from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/secret_reader.h"
#include "config/settings.h"
#include "config/value.h"

namespace rimfs::config {

/// The subject of a setting, which decides where it may stand.
enum class Scope {
  mount,   ///< The whole mount: a flag, or a key at the top level of the file.
  access,  ///< A server: a flag or a key at the top level for all sources, or a key in a source for that one.
  image,   ///< One image: a key in a source. As a flag it is for all sources, or for the only one.
};

/// How many values a setting takes.
enum class Shape { word, list, toggle };

/// The type of a value.
enum class Form { count, bytes, duration, choice, text, file, command };

/// The role of a setting in the login. An identity in a layer replaces all login settings of an outer layer that also
/// has an identity.
enum class Login { none, identity, password };

struct Setting;

/// Where the values of settings are stored.
struct Target {
  Settings& settings;
  catalog::Source& source;  ///< Used only for Scope::access and Scope::image.
  SecretReader& secrets;
};

/// One row of the table. Constant for the life of the program.
struct Setting {
  std::string_view path;  ///< The path in YAML, such as "cache.memory".
  std::string_view flag;  ///< The flag without "--", which is also a key at the top level of the file. Empty: no flag.
  char letter;            ///< The short flag, or 0.
  Scope scope;
  Shape shape;
  Form form;
  std::string_view metavar;  ///< The name of the value, such as "SIZE"; for Form::choice the words, separated by "|".
  std::uint64_t least;       ///< The range of a count, bytes or milliseconds. Both 0: no limits.
  std::uint64_t most;
  std::string_view help;
  void (*store)(Target&, const Value&, const Setting&);
  std::string (*standard)();   ///< The default as the user would write it. Null: none.
  std::string_view slot = {};  ///< Settings with the same slot are mutually exclusive.
  Login login = Login::none;
  bool secret = false;        ///< True when the word itself is never shown.
  bool may_be_empty = false;  ///< True when an empty value on the command line has a meaning.

  /// The last part of the path.
  std::string_view key() const;
  /// The allowed values in one phrase, for messages and help: "64K to 16M".
  std::string allowed() const;
};

/// Settings under one heading, in the order of the help.
struct Section {
  std::string_view title;
  std::vector<Setting> settings;
};
const std::vector<Section>& schema();
Section access_section();
Section image_section();

/// The setting, or null.
const Setting* find_by_flag(std::string_view flag);
const Setting* find_by_path(std::string_view path);

/// Convert a word to its value. They refuse an invalid word with the setting's allowed().
std::uint64_t count_of(const Value&, const Setting&);
ByteCount bytes_of(const Value&, const Setting&);
std::chrono::milliseconds duration_of(const Value&, const Setting&);
/// The index of the word in the metavar's list.
std::size_t choice_of(const Value&, const Setting&);
/// The absolute path of a readable file or directory.
std::string readable_file_of(const Value&, const Setting&);

/// The allowed word that is nearest to a mistyped one. Empty when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& allowed);

}  // namespace rimfs::config
