// SPDX-License-Identifier: MIT
#include "config/environment_variables.h"

#include <cstdlib>

#include "base/process_privacy.h"

namespace rimfs::config {

std::optional<Secret> EnvironmentVariables::value(const std::string& name) {
  const auto [entry, is_new] = known_.try_emplace(name);
  if (!is_new) return entry->second;
  const char* text = std::getenv(name.c_str());
  if (text && *text) entry->second = Secret(text);
  return entry->second;
}

void EnvironmentVariables::hide(const std::string& name) {
  (void)value(name);
  erase_environment_variable(name);
}

}  // namespace rimfs::config
