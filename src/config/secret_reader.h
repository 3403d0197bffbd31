// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/secret.h"
#include "config/value.h"

namespace rimfs::config {

/// Fetches secrets from where the user put them. Remembers each: a descriptor can be read only once, and
/// several sources may share it. One thread. Throws Error{misuse} with the place; never shows what it read.
class SecretReader {
 public:
  /// The whole file without the line ends at its end.
  Secret file(const Value& name);
  /// Removes the variable from the environment.
  Secret environment(const Value& variable);
  /// Reads to the end, then closes the descriptor unless it is 0, 1 or 2.
  Secret descriptor(const Value& number);
  /// Asks the person at the terminal, without showing what is typed. Nothing when there is no terminal.
  std::optional<Secret> prompt(const std::string& question);

 private:
  std::map<std::string, Secret> known_;
};

}  // namespace rimfs::config
