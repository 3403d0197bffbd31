// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/secret.h"
#include "config/value.h"

namespace rimfs::config {

/// Reads secrets from the places that the user named. Keeps each, because a descriptor can be read only once and
/// several sources may share a secret. One thread. Throws Error{misuse} with the position; messages contain no secret.
class SecretReader {
 public:
  /// The whole file, without the line ends at its end.
  Secret file(const Value& name);
  /// The value of the variable, which is removed from the environment.
  Secret environment(const Value& variable);
  /// Reads to the end, then closes the descriptor unless it is 0, 1 or 2.
  Secret descriptor(const Value& number);
  /// Prompts the user at the terminal with echo off. Empty when there is no terminal.
  std::optional<Secret> prompt(const std::string& question);

 private:
  std::map<std::string, Secret> known_;
};

}  // namespace rimfs::config
