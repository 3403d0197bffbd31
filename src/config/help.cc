// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "config/command_line.h"
#include "config/schema.h"

namespace rimfs::config {
namespace {

/// Where the explanations start, and where lines end: a terminal of 100 columns.
constexpr std::size_t kHelpColumn = 36;
constexpr std::size_t kLineEnd = 100;

constexpr std::string_view kFetchUsage = R"(Usage: rimfs fetch [OPTION]... URL [FILE]
       rimfs fetch [--verify] MOUNTED [FILE]

Copies a remote image to FILE, over as many connections as rimfs mount uses, leaving out zeros (a sparse file). What is
there stays when it is interrupted: the same command goes on where it was. Without FILE it fills the disk cache
(--cache-dir). MOUNTED, a file of a rimfs mount, is read through that mount and its caches. On a terminal a line shows
how far it is, how fast, and the time left. Status: 0 complete, 1 not.

      --config FILE                 read the source and settings from a YAML file
  -h, --help                        this text
)";

constexpr std::string_view kUsage = R"(Usage: rimfs mount [OPTION]... [NAME=]URL... MOUNTPOINT
       rimfs mount --config FILE [OPTION]... [MOUNTPOINT]

Mounts remote disk images as local, read-only files. Each http:// or https:// URL becomes a file in
MOUNTPOINT, called NAME or the last part of the URL; one that ends with "/" a folder, as the server
lists it; vsphere://USER@HOST/ the datastores of a vCenter or ESXi server. A single folder is the
mount itself. Returns when the mount is ready.

Sizes are written 64K, 1M or 1GiB, times 500ms, 10s or 2m. A flag wins over the configuration file.

      --config FILE                 read sources and settings from a YAML file
  -h, --help                        this text
      --help-settings               all settings, flags and YAML keys, as a markdown table
)";

constexpr std::string_view kExamples = R"(
Examples:
  rimfs mount https://server/disk.qcow2 /mnt/images
  rimfs mount a.img=https://one/disk.img b.img=https://two/disk.img /mnt/images
  rimfs mount --user me --password-file ~/.secret https://server/disk.vmdk /mnt/images
)";

/// One option: its names, then its help, folded at the line's end.
std::string option_lines(const Setting& setting) {
  const std::string names = setting.letter ? fmt::format("  -{}, --{}", setting.letter, setting.flag)
                                           : fmt::format("      --{}", setting.flag);
  std::string line = setting.metavar.empty() ? names : fmt::format("{} {}", names, setting.metavar);
  std::string help(setting.help);
  if (setting.standard) help += fmt::format(" [{}]", setting.standard());
  std::string lines;
  if (line.size() + 2 > kHelpColumn) {
    lines = line + "\n";
    line.clear();
  }
  line.resize(kHelpColumn, ' ');
  while (!help.empty()) {
    std::size_t end = help.size();
    if (end > kLineEnd - kHelpColumn) end = std::min(help.rfind(' ', kLineEnd - kHelpColumn), end);
    lines += line + help.substr(0, end) + "\n";
    help.erase(0, std::min(end + 1, help.size()));
    line.assign(kHelpColumn, ' ');
  }
  return lines;
}

/// In a table, "|" divides cells.
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

namespace {

/// The options of all sections but those that are about something else.
std::string option_help(std::string_view but) {
  std::string text;
  for (const Section& section : schema()) {
    if (section.title == but) continue;
    text += fmt::format("\n{}:\n", section.title);
    for (const Setting& setting : section.settings) {
      if (!setting.flag.empty()) text += option_lines(setting);
    }
  }
  return text;
}

}  // namespace

std::string mount_help() { return std::string(kUsage) + option_help("Copies") + std::string(kExamples); }

std::string fetch_help() { return std::string(kFetchUsage) + option_help("Mount"); }

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
