// SPDX-License-Identifier: MIT
#include "cli/settings_syntax.h"

#include <memory>

#include "config/command_line.h"
#include "config/schema.h"

namespace rimfs::cli {
namespace {

/// True for a section whose options the help of a command leaves out, because they belong to another command.
bool is_hidden(std::string_view section, config::Purpose purpose) {
  const bool of_mount = section == "Mount";
  const bool of_fetch = section == "Copies";
  if (purpose == config::Purpose::doctor) return of_mount || of_fetch;
  return purpose == config::Purpose::mount ? of_fetch : of_mount;
}

OptionRow row_of(const config::Setting& setting, const std::shared_ptr<config::CommandLine>& line) {
  OptionRow row{std::string(setting.flag), setting.letter, std::string(setting.metavar), std::string(setting.help)};
  if (setting.standard) row.standard = setting.standard();
  row.may_be_empty = setting.may_be_empty;
  row.take = [&setting, line](const config::Value& value) { line->settings.add(setting, value); };
  return row;
}

OptionRow config_row(const std::shared_ptr<config::CommandLine>& line) {
  OptionRow row{"config", 0, "FILE", "read sources and settings from a YAML file"};
  row.take = [line](const config::Value& value) { line->config_file = value.text; };
  return row;
}

OptionRow reference_row() {
  OptionRow row{"help-settings", 0, "", "show all settings, flags and YAML keys, as a markdown table"};
  row.text = config::settings_reference;
  return row;
}

}  // namespace

void declare_settings(Syntax& syntax, config::Purpose purpose, config::Settings& settings) {
  // Lives as long as the syntax, because it holds secrets.
  const auto line = std::make_shared<config::CommandLine>();
  syntax.option(config_row(line));
  syntax.option(reference_row());
  for (const config::Section& section : config::schema()) {
    syntax.heading(std::string(section.title));
    for (const config::Setting& setting : section.settings) {
      if (setting.flag.empty()) continue;
      OptionRow row = row_of(setting, line);
      row.hidden = is_hidden(section.title, purpose);
      syntax.option(std::move(row));
    }
  }
  if (purpose == config::Purpose::mount) {
    syntax.arguments("URL or MOUNTPOINT", line->arguments);
  } else if (purpose == config::Purpose::doctor) {
    syntax.arguments("URL", line->arguments, 1);
  } else {
    syntax.arguments("URL or FILE", line->arguments, 2);
  }
  syntax.check([&settings, line, purpose] { settings = config::settings_of(*line, purpose); });
}

}  // namespace rimfs::cli
