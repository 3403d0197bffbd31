// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/secret.h"

namespace rimfs::catalog {

/// The variables of the process's environment. config/ implements it; tests use a fake. One thread.
class Environment {
 public:
  virtual ~Environment() = default;

  /// The value of a variable; nothing when it is not set or empty. It may be a secret. Repeated calls return the same
  /// value.
  virtual std::optional<Secret> value(const std::string& name) = 0;
  /// Removes a variable that holds a secret from the environment, which other processes can read and scripts inherit.
  virtual void hide(const std::string& name) = 0;
};

}  // namespace rimfs::catalog
