// SPDX-License-Identifier: MIT
#include "cli/command_help.h"

#include <fmt/format.h>

#include <algorithm>

namespace rimfs::cli {
namespace {

/// The last column where explanations may start. Longer names get a line of their own.
constexpr std::size_t kHelpColumn = 36;
/// The longest line.
constexpr std::size_t kLineEnd = 100;

constexpr std::string_view kUsage = "Usage: ";

std::string names_of(const OptionRow& row) {
  const std::string names =
      row.letter ? fmt::format("  -{}, --{}", row.letter, row.name) : fmt::format("      --{}", row.name);
  return row.metavar.empty() ? names : fmt::format("{} {}", names, row.metavar);
}

/// Formats `name` and then `help`, which starts at `column` and is wrapped at the end of the line.
std::string entry(std::string name, std::string help, std::size_t column) {
  std::string lines;
  if (name.size() + 2 > column) {
    lines = name + "\n";
    name.clear();
  }
  name.resize(column, ' ');
  while (!help.empty()) {
    std::size_t end = help.size();
    if (end > kLineEnd - column) end = std::min(help.rfind(' ', kLineEnd - column), end);
    lines += name + help.substr(0, end) + "\n";
    help.erase(0, std::min(end + 1, help.size()));
    name.assign(column, ' ');
  }
  return lines;
}

/// Turns "show the version" into the line "Show the version.".
std::string sentence(std::string_view summary) {
  std::string line(summary);
  if (!line.empty() && line[0] >= 'a' && line[0] <= 'z') line[0] = static_cast<char>(line[0] - 'a' + 'A');
  return line + ".\n";
}

std::string options_of(const Syntax& syntax) {
  std::size_t column = 0;
  for (const OptionRow* row : syntax.rows()) {
    if (!row->hidden) column = std::max(column, names_of(*row).size() + 2);
  }
  column = std::min(column, kHelpColumn);
  std::string text;
  for (const OptionSection& section : syntax.sections()) {
    std::string lines;
    for (const OptionRow& row : section.rows) {
      if (row.hidden) continue;
      lines += entry(names_of(row), row.standard.empty() ? row.help : fmt::format("{} [{}]", row.help, row.standard),
                     column);
    }
    if (!lines.empty()) text += fmt::format("\n{}:\n{}", section.title, lines);
  }
  return text;
}

/// The usage of several commands below one another, the first after "Usage: ".
std::string usage_lines(const std::vector<const Command*>& commands) {
  std::string lines;
  for (const Command* command : commands) {
    std::string usage = usage_of(*command);
    for (std::size_t end = usage.find('\n'); end != std::string::npos; end = usage.find('\n', end + 1)) {
      usage.insert(end + 1, kUsage.size(), ' ');
    }
    lines += fmt::format("{}{}\n", lines.empty() ? kUsage : std::string(kUsage.size(), ' '), usage);
  }
  return lines;
}

std::string summaries(const std::vector<const Command*>& commands, std::size_t skipped) {
  std::size_t column = 0;
  for (const Command* command : commands) column = std::max(column, command->name.size() - skipped + 4);
  std::string lines = "\nCommands:\n";
  for (const Command* command : commands) {
    lines += entry(fmt::format("  {}", command->name.substr(skipped)), std::string(command->summary), column);
  }
  return lines;
}

}  // namespace

std::string usage_of(const Command& command) {
  std::string lines;
  std::string_view rest = command.arguments;
  do {
    const std::string_view form = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(form.size() + 1, rest.size()));
    lines += fmt::format("{}rimfs {}{}{}", lines.empty() ? "" : "\n", command.name, form.empty() ? "" : " ", form);
  } while (!rest.empty());
  return lines;
}

std::string help_of_command(const Command& command, const Syntax& syntax) {
  const std::string text = "\n" + (syntax.text.empty() ? sentence(command.summary) : syntax.text);
  const std::string examples = syntax.examples.empty() ? "" : "\n" + syntax.examples;
  return usage_lines({&command}) + text + options_of(syntax) + examples;
}

std::string help_of_group(const Command& group, const std::vector<const Command*>& members, const Syntax& syntax) {
  return fmt::format("{}\n{}{}{}", usage_lines(members), group.text, summaries(members, group.name.size() + 1),
                     options_of(syntax));
}

std::string help_of_program(const std::vector<const Command*>& commands, const Syntax& syntax) {
  return fmt::format("{}rimfs COMMAND [OPTION]... [ARGUMENT]...\n\n{}{}{}\n{}", kUsage, syntax.text,
                     summaries(commands, 0), options_of(syntax), syntax.examples);
}

}  // namespace rimfs::cli
