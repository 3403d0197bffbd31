// SPDX-License-Identifier: MIT
#include "cli/vms_text.h"

#include <fmt/format.h>

#include "base/json_number.h"
#include "base/printable.h"
#include "base/quantity_text.h"

namespace rimfs::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& object, const char* key) { return printable(object.at(key).get<std::string>()); }

std::string line(std::string_view label, std::string_view text) { return fmt::format("  {:<7} {}\n", label, text); }

/// The path in the mount, or the server's name for what is not there.
std::string shown_file(const Json& file) {
  std::string path = text_of(file, "path");
  return path.empty() ? text_of(file, "name") + " (not in this mount)" : path;
}

std::string disk_lines(const Json& disk) {
  const std::string size = show_mebibytes({json_integer<std::uint64_t>(disk.at("size"))});
  std::string lines = line("disk", fmt::format("{:>14}  {}", size, shown_file(disk)));
  for (const Json& parent : disk.at("parents"))
    lines += line("", fmt::format("{:>14}  {}", "over", shown_file(parent)));
  return lines;
}

}  // namespace

std::string shell_quoted(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string machine_paragraph(const Json& machine) {
  std::string text = text_of(machine, "name") + "\n";
  const std::string guest = text_of(machine, "guest");
  text += line("power", text_of(machine, "power"));
  if (!guest.empty()) text += line("guest", guest);
  text += line("config", shown_file(machine.at("configuration")));
  for (const Json& disk : machine.at("disks")) text += disk_lines(disk);
  for (const Json& note : machine.at("notes")) text += line("note", text_of(note, "text"));
  for (const Json& block : machine.at("blocks")) text += line("blocked", text_of(block, "text"));
  if (machine.at("ready").get<bool>()) {
    const std::string path = shell_quoted(text_of(machine.at("configuration"), "path"));
    text += fmt::format("  ready: virt-v2v -i vmx {} -o local -os OUTPUT\n", path);
  }
  return text;
}

}  // namespace rimfs::cli
