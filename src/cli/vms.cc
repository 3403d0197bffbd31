// SPDX-License-Identifier: MIT
// rimfs vms: lists the virtual machines of a mounted vSphere server. The mount asks the server; the question and the
// answer are attributes of the folder (fs/machines.h).
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/ask_mount.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/vms_text.h"
#include "config/value.h"
#include "fs/mount_table.h"

namespace rimfs::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kText =
    R"(Lists the virtual machines of the vSphere servers that are mounted at DIR: power state, guest, disks
with their paths in the mount, and what blocks a conversion. Of a folder below the mount: the
machines whose configuration lies below it. The server is asked each time.
)";

bool is_below(const std::string& path, const std::string& folder) {
  return path == folder || folder == "/" || path.starts_with(folder + "/");
}

/// The rimfs mount that a path without symbolic links is on; empty when there is none.
std::string mount_above(const std::string& path) {
  std::string longest;
  bool is_rimfs = false;
  for (const fs::MountEntry& mount : fs::read_mount_table()) {
    if (!is_below(path, mount.path) || mount.path.size() < longest.size()) continue;
    longest = mount.path;  // of several on one path, the last one is on top
    is_rimfs = mount.is_rimfs();
  }
  return is_rimfs ? longest : std::string();
}

/// The mountpoint that a folder is below. Symbolic links are followed only when there is none as written: looking for
/// them asks the file systems on the way, which may hang.
std::string mountpoint_of(const std::string& folder) {
  std::string found = mount_above(folder);
  if (!found.empty()) return found;
  std::error_code problem;
  const std::filesystem::path real = std::filesystem::canonical(folder, problem);
  if (problem) throw system_error("looking at " + folder, problem.value());
  found = mount_above(real.string());
  if (!found.empty()) return found;
  throw Error(ErrorKind::missing, folder + ": not in a rimfs mount; see: findmnt -t fuse.rimfs");
}

[[noreturn]] void refuse(const std::string& folder, const std::string& mountpoint, int problem) {
  switch (problem) {
    case ENODATA:
    case EOPNOTSUPP:
      throw Error(ErrorKind::missing, fmt::format("{}: no vSphere server is mounted here; mount one with: rimfs mount "
                                                  "vsphere://USER@SERVER/ DIR",
                                                  folder));
    case ENOTCONN:
    case ECONNABORTED:
      throw Error(ErrorKind::system,
                  fmt::format("{0}: the mount's process is gone; remove it with: rimfs umount {0}", mountpoint));
    case ETIMEDOUT:
      throw Error(ErrorKind::timed_out, folder +
                                            ": the server has not answered in time (--retry-deadline); see "
                                            "whether it is reachable");
    case EBADMSG:
      throw Error(ErrorKind::corrupt, folder + ": the mount's answer is not complete; ask again");
    default:
      throw system_error("asking for the virtual machines in " + folder, problem);
  }
}

Json ask(const std::string& folder, const std::string& mountpoint) {
  const std::optional<MountAnswer> answer = ask_machines(folder);
  if (!answer) {
    throw Error(ErrorKind::timed_out, fmt::format("{}: the mount has not answered within {} s; see: rimfs status {}",
                                                  folder, kMachinesTime.count(), mountpoint));
  }
  if (answer->problem != 0) refuse(folder, mountpoint, answer->problem);
  return Json::parse(answer->text);
}

/// Makes the path of a file in the mount complete. One that is not in the mount stays empty.
void complete(Json& file, const std::string& mountpoint) {
  std::string path = file.at("path").get<std::string>();
  if (!path.empty()) file["path"] = (mountpoint == "/" ? "" : mountpoint) + "/" + path;
}

void complete_all(Json& machine, const std::string& mountpoint) {
  complete(machine.at("configuration"), mountpoint);
  for (Json& disk : machine.at("disks")) {
    complete(disk, mountpoint);
    for (Json& parent : disk.at("parents")) complete(parent, mountpoint);
  }
}

void print_for_people(const Json& machines) {
  bool first = true;
  for (const Json& machine : machines) {
    if (!std::exchange(first, false)) print("\n");
    print(machine_paragraph(machine));
  }
}

}  // namespace

void VmsOptions::declare(Syntax& syntax) {
  syntax.text = kText;
  syntax.flag("json", "one JSON object with all machines", json);
  syntax.argument("DIR", folder);
  syntax.check([this] {
    config::check_is_path({folder, {}});
    folder = std::filesystem::absolute(folder).lexically_normal().string();
    if (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  });
}

int vms_command(const VmsOptions& options) {
  const std::string mountpoint = mountpoint_of(options.folder);
  Json answer;
  try {
    answer = ask(options.folder, mountpoint);
    for (Json& machine : answer.at("machines")) complete_all(machine, mountpoint);
    if (options.json) {
      answer["mountpoint"] = mountpoint;
      // ASCII only: JSON does not escape DEL, C1 and directional controls, and the output may be a terminal.
      print("{}\n", answer.dump(-1, ' ', true, Json::error_handler_t::replace));
    } else {
      print_for_people(answer.at("machines"));
    }
    flush_output();
    for (const Json& failure : answer.at("failures")) print_error(failure.get<std::string>());
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::corrupt, fmt::format("{}: the mount's answer cannot be read: {}; is the mount of another "
                                                "version of rimfs?",
                                                options.folder, error.what()));
  }
  return answer.at("failures").empty() ? kSuccess : kFailure;
}

}  // namespace rimfs::cli
