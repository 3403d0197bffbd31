// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/quantity_text.h"

namespace rimfs::config {

/// Where something was said, for messages: "rimfs.yaml:3:5" or "--block-size".
struct Place {
  std::string text;
  std::string directory;  ///< What relative file names said here are relative to; empty: the working directory.
};

/// A word that the user said, and where. Not yet checked; may be a secret.
struct Value {
  std::string text;
  Place place;
};

/// Throws Error{misuse}: "place: what is wrong; what is allowed". Neither text may hold a secret.
[[noreturn]] void refuse(const Place& place, std::string_view wrong, std::string_view allowed);

/// The word in double quotes, on one line, cut when it is long.
std::string in_quotes(std::string_view word);

/// Of "--name=value" the name: the value may be a secret that was given to the wrong command.
std::string_view option_name(std::string_view word);

/// What may be shown of a word that could be a URL with a password in it: without the part before "@",
/// without the query and without parameters of its path that may be secrets.
std::string presentable(std::string_view word);

/// Refuses a URL where a file or folder is meant: the error that follows would show its password. Throws Error{misuse}.
void check_is_path(const Value& name);

/// An absolute form of a file name: relative ones start at folder_of() the place where they were said. The one function
/// through which every path of the user goes, while the working directory is still the user's. Throws Error{misuse},
/// also for a URL.
std::string absolute_path(const Value& name);

/// The folder that relative file names start at: the configuration file's own, or the working directory. Absolute.
/// Throws Error{misuse} when the working directory is gone.
std::string folder_of(const Place& place);

/// What a word of the command line means that belongs to no setting. Throws Error{misuse} for one that means nothing.
bool toggle_of(const Value& value);
ByteCount bytes_of(const Value& value);

}  // namespace rimfs::config
