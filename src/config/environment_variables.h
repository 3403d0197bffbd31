// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>

#include "catalog/environment.h"

namespace rimfs::config {

/// The variables of this process's environment. Keeps each value that was read, because several sources may need one
/// that is hidden. One thread, before any other thread exists.
class EnvironmentVariables final : public catalog::Environment {
 public:
  std::optional<Secret> value(const std::string& name) override;
  void hide(const std::string& name) override;

 private:
  std::map<std::string, std::optional<Secret>> known_;
};

}  // namespace rimfs::config
