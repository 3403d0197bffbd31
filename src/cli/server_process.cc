// SPDX-License-Identifier: MIT
#include "cli/server_process.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/directory.h"
#include "base/small_file.h"
#include "cli/ask_mount.h"

namespace rimfs::cli {
namespace {

namespace files = std::filesystem;

/// All processes that /proc shows, apart from this one.
std::vector<pid_t> other_processes() {
  std::vector<pid_t> result;
  std::error_code problem;
  for (files::directory_iterator at("/proc", problem), end; !problem && at != end; at.increment(problem)) {
    const std::string name = at->path().filename().string();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ptr == name.data() + name.size() && pid != ::getpid()) result.push_back(pid);
  }
  return result;
}

files::path folder_of(pid_t pid) { return files::path("/proc") / std::to_string(pid); }

/// The numbers of the process's descriptors that are /dev/fuse.
std::vector<std::string> fuse_descriptors(const files::path& process) {
  std::vector<std::string> result;
  std::error_code problem;
  for (files::directory_iterator at(process / "fd", problem), end; !problem && at != end; at.increment(problem)) {
    std::error_code gone;
    if (files::read_symlink(at->path(), gone) == "/dev/fuse") result.push_back(at->path().filename().string());
  }
  return result;
}

/// True when one of the descriptors belongs to the mount's connection, according to fdinfo (Linux 6.15 and later).
bool says_connection(const files::path& process, const std::vector<std::string>& descriptors,
                     const std::string& device) {
  const std::string wanted = "fuse_connection:\t" + device.substr(device.find(':') + 1) + "\n";
  return std::any_of(descriptors.begin(), descriptors.end(), [&](const std::string& fd) {
    return read_small_file(process / "fdinfo" / fd).value_or("").find(wanted) != std::string::npos;
  });
}

bool names_path(const files::path& process, const std::string& path) {
  std::istringstream words(read_small_file(process / "cmdline").value_or(""));
  for (std::string word; std::getline(words, word, '\0');) {
    if (without_end_slashes(word) == path) return true;
  }
  return false;
}

std::string program_of(const files::path& process) { return read_small_file(process / "comm").value_or(""); }

/// The process id in the mount's status, if a process of this program has it here: the id may be one of another PID
/// namespace.
std::optional<pid_t> pid_reported_by_mount(const std::string& path) {
  const std::optional<MountAnswer> answer = ask_status(path);
  if (!answer || answer->problem != 0) return std::nullopt;
  const auto status = nlohmann::json::parse(answer->text, nullptr, false);
  if (!status.is_object() || !status.contains("pid") || !status["pid"].is_number_integer()) return std::nullopt;
  const auto pid = status["pid"].get<pid_t>();
  const std::string program = program_of(folder_of(pid));
  if (program.empty() || program != program_of("/proc/self")) return std::nullopt;
  return pid;
}

}  // namespace

std::optional<pid_t> find_server(const fs::MountEntry& mount, bool answers) {
  if (answers) {
    if (const std::optional<pid_t> reported = pid_reported_by_mount(mount.path)) return reported;
  }
  std::error_code problem;
  const files::path own = files::read_symlink("/proc/self/exe", problem).filename();
  std::vector<pid_t> by_name, all;
  for (const pid_t pid : other_processes()) {
    const files::path process = folder_of(pid);
    std::error_code gone;
    const files::path program = files::read_symlink(process / "exe", gone).filename();
    if (gone || program.string().substr(0, program.string().find(' ')) != own.string()) continue;
    const std::vector<std::string> descriptors = fuse_descriptors(process);
    if (descriptors.empty()) continue;
    if (says_connection(process, descriptors, mount.device)) return pid;
    all.push_back(pid);
    if (names_path(process, mount.path)) by_name.push_back(pid);
  }
  if (by_name.size() == 1) return by_name.front();
  if (by_name.empty() && all.size() == 1) return all.front();
  return std::nullopt;
}

std::optional<pid_t> find_keeper(const fs::MountEntry& mount) {
  for (const pid_t pid : other_processes()) {
    const std::vector<fs::MountEntry> mounts =
        fs::parse_mount_table(read_small_file(folder_of(pid) / "mountinfo").value_or(""));
    const bool keeps = std::any_of(mounts.begin(), mounts.end(),
                                   [&](const fs::MountEntry& one) { return one.device == mount.device; });
    if (keeps) return pid;
  }
  return std::nullopt;
}

}  // namespace rimfs::cli
