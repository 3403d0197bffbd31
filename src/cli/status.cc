// SPDX-License-Identifier: MIT
// rimfs status: shows the status of each mount, which is the attribute user.rimfs.status of its root.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "cli/ask_mount.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/status_text.h"
#include "config/value.h"
#include "fs/mount_table.h"

namespace rimfs::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kText =
    R"(Shows what the mounts on these directories do now; without DIR, all mounts. A mount that does not
answer is named on the standard error, and the status is 1; the others are shown.
)";

Json ask(const std::string& mountpoint) {
  const std::optional<MountAnswer> answer = ask_status(mountpoint);
  if (!answer) {
    throw Error(
        ErrorKind::timed_out,
        fmt::format("{0}: the mount's process has not answered within {1} s; it is stopped or hangs: see ps, or "
                    "remove the mount with: rimfs umount {0}",
                    mountpoint, kAnswerTime.count()));
  }
  const int problem = answer->problem;
  if (problem == ENODATA || problem == EOPNOTSUPP) {
    throw Error(ErrorKind::missing, mountpoint + ": no rimfs mount; see: findmnt -t fuse.rimfs");
  }
  if (problem == ENOTCONN || problem == ECONNABORTED) {  // the process has ended, or ended during the request
    throw Error(ErrorKind::system,
                fmt::format("{0}: the mount's process is gone; remove it with: rimfs umount {0}", mountpoint));
  }
  if (problem != 0) throw system_error("asking " + mountpoint, problem);
  return Json::parse(answer->text);
}

void tell(const std::string& mountpoint, bool as_json) {
  Json status = ask(mountpoint);
  if (!as_json) {
    for (const std::string& line : status_lines(mountpoint, status)) print("{}\n", line);
    return;
  }
  status["mountpoint"] = mountpoint;
  // ASCII only: JSON does not escape DEL, C1 and directional controls, and the output may be a terminal.
  print("{}\n", status.dump(-1, ' ', true, Json::error_handler_t::replace));
}

/// Shows the status of each mount; a failure does not hide the others. False when one failed.
bool tell_all(const StatusOptions& options) {
  std::vector<std::string> mounts = options.mounts;
  if (mounts.empty()) {
    for (const fs::MountEntry& mount : fs::read_mount_table()) {
      if (mount.is_rimfs()) mounts.push_back(mount.path);
    }
  }
  bool complete = true;
  for (const std::string& mountpoint : mounts) {
    try {
      tell(mountpoint, options.json);
    } catch (const Error& error) {
      print_error(error.what());
      complete = false;
    } catch (const Json::exception& error) {
      print_error(mountpoint + ": the mount's status cannot be read: " + error.what());
      complete = false;
    }
  }
  flush_output();
  return complete;
}

}  // namespace

void StatusOptions::declare(Syntax& syntax) {
  syntax.text = kText;
  syntax.flag("json", "one JSON object for each mount, one a line", json);
  syntax.flag("watch", "show again every second, until interrupted", watch);
  syntax.arguments("DIR", mounts);
  syntax.check([this] {
    for (std::string& mount : mounts) {
      config::check_is_path({mount, {}});
      mount = std::filesystem::absolute(mount).lexically_normal().string();
    }
  });
}

int status_command(const StatusOptions& options) {
  bool complete = tell_all(options);
  while (options.watch) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    complete = tell_all(options);
  }
  return complete ? kSuccess : kFailure;
}

}  // namespace rimfs::cli
