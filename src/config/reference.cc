// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "config/command_line.h"
#include "config/schema.h"

namespace rimfs::config {
namespace {

/// Escapes "|", which separates the cells of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string_view where(Scope scope) {
  switch (scope) {
    case Scope::mount:
      return "top level";
    case Scope::access:
      return "top level, source";
    case Scope::image:
      return "source";
  }
  return {};
}

}  // namespace

std::string settings_reference() {
  std::string text;
  for (const Section& section : schema()) {
    text += fmt::format("{}### {}\n\n| YAML key | in | flag | value | default | meaning |\n|---|---|---|---|---|---|\n",
                        text.empty() ? "" : "\n", section.title);
    for (const Setting& setting : section.settings) {
      const std::string flag = setting.flag.empty() ? std::string() : fmt::format("`--{}`", setting.flag);
      const std::string standard = setting.standard ? fmt::format("`{}`", setting.standard()) : std::string();
      text += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", setting.path, where(setting.scope), flag,
                          cell(setting.allowed()), standard, cell(setting.help));
    }
  }
  return text;
}

}  // namespace rimfs::config
