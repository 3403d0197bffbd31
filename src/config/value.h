// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rimfs::config {

/// Where a value was set, for messages: "rimfs.yaml:3:5" or "--block-size".
struct Position {
  std::string text;
  std::string directory;  ///< The base of relative file names in this position. Empty: the working directory.
};

/// A word from the user, and its position. Not yet checked; may be a secret.
struct Value {
  std::string text;
  Position position;
};

/// Throws Error{misuse}: "position: what is wrong; what is allowed". Neither text may contain a secret.
[[noreturn]] void refuse(const Position& position, std::string_view wrong, std::string_view allowed);

/// The word in double quotes, on one line, cut when it is long.
std::string in_quotes(std::string_view word);

/// The name in "--name=value". The value may be a secret that was meant for another command.
std::string_view option_name(std::string_view word);

/// The part of a word that may be shown, when the word could be a URL with a password: without the part before "@", the
/// query, and the parameters of its path that may be secrets.
std::string presentable(std::string_view word);

/// Refuses a URL where a file or folder is expected, because a later error would show its password. Throws
/// Error{misuse}.
void check_is_path(const Value& name);

/// The absolute form of a file name. Relative names start at folder_of() their position. Every path of the user goes
/// through this function while the working directory is still the user's. Throws Error{misuse}, also for a URL.
std::string absolute_path(const Value& name);

/// The base of relative file names: the folder of the configuration file, or the working directory. Absolute. Throws
/// Error{misuse} when the working directory no longer exists.
std::string folder_of(const Position& position);

/// Convert a word of the command line that belongs to no setting. They throw Error{misuse} for an invalid word.
bool toggle_of(const Value& value);
ByteCount bytes_of(const Value& value);

}  // namespace rimfs::config
