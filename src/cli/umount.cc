// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/child_process.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "cli/ask_mount.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/server_process.h"
#include "config/value.h"

namespace rimfs::cli {
namespace {

/// A process that ends cancels its requests, which takes milliseconds. A longer time is a fault that is reported.
constexpr int kEndMilliseconds = 10'000;

/// The time for a process that did not answer before, and may be stopped.
constexpr int kSilentEndMilliseconds = 1'000;

constexpr pid_t kNoProcess = -1;

/// The longest message of fusermount3 that is kept. The program is found by PATH, so its output may be of any length.
constexpr std::size_t kLongestComplaint = 4096;

constexpr std::string_view kText =
    R"(Removes the rimfs mount on DIR and waits for its process to end. Also removes a mount without a
process. A mount whose process does not answer is removed although files are open; the status is 1
when that process does not end.
)";

/// The directory as an absolute path without symbolic links. A mountpoint is found without accessing it, because its
/// process may not answer. A mountpoint is not a link itself, so only the links in its parent's path are followed.
std::string resolve(const std::string& directory, const std::vector<fs::MountEntry>& mounts) {
  std::filesystem::path path = std::filesystem::absolute(directory).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::error_code problem;
  const std::filesystem::path parent = std::filesystem::canonical(path.parent_path(), problem);
  std::string with_parent = problem ? path.string() : (parent / path.filename()).string();
  if (fs::find_mount(mounts, with_parent)) return with_parent;
  const std::filesystem::path whole = std::filesystem::canonical(path, problem);
  return problem ? with_parent : whole.string();
}

/// Runs the helper that unmounts for unprivileged users. Returns its error message; empty when it worked.
std::string run_fusermount(const std::string& path, bool lazily) {
  Pipe pipe = make_pipe("cannot start fusermount3");
  const pid_t child = ::fork();
  if (child < 0) throw system_error("cannot start fusermount3", errno);
  if (child == 0) {
    ::dup2(pipe.writing.get(), STDERR_FILENO);
    ::execlp("fusermount3", "fusermount3", lazily ? "-uz" : "-u", "--", path.c_str(), nullptr);
    ::dprintf(STDERR_FILENO, "cannot start fusermount3: is the package fuse3 installed?\n");
    ::_exit(127);
  }
  pipe.writing.reset();
  std::string said;
  char buffer[512];
  for (ssize_t n = 0; (n = ::read(pipe.reading.get(), buffer, sizeof buffer)) > 0;)
    said.append(buffer, said.size() < kLongestComplaint ? static_cast<std::size_t>(n) : 0);
  const std::optional<int> status = wait_for_child(child);
  if (status && shell_status(*status) == 0) return {};
  said = said.substr(0, said.find('\n'));
  return said.empty() ? "fusermount3 failed" : said;
}

/// `detach`: unmounts even if files are open, for a process that does not answer.
void remove_mount(const std::string& path, bool detach) {
  if (::umount2(path.c_str(), UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0)) == 0) return;
  if (errno == EBUSY) {
    throw Error(ErrorKind::system, fmt::format("{} is in use: close its files, or see fuser -vm {}", path, path));
  }
  if (errno != EPERM) throw system_error(fmt::format("cannot unmount {}", path), errno);
  const std::string problem = run_fusermount(path, detach);
  if (!problem.empty()) throw Error(ErrorKind::system, fmt::format("cannot unmount {}: {}", path, problem));
}

/// A process as a descriptor, which stays valid when the process id is reused.
class Process {
 public:
  explicit Process(pid_t pid) : descriptor_(open_process(pid)) {}

  /// True when the process has ended in time.
  bool wait(int milliseconds) const {
    if (!descriptor_.is_open()) return true;
    pollfd event{descriptor_.get(), POLLIN, 0};
    return ::poll(&event, 1, milliseconds) != 0;
  }

 private:
  const Descriptor descriptor_;
};

/// Says why the mount's process is still there after kEndMilliseconds. A process in another mount namespace may be any,
/// also init: so the advice is not to end that one.
std::string why_it_lives(const fs::MountEntry& mount, pid_t server) {
  const std::optional<pid_t> keeper = find_keeper(mount);
  if (!keeper) {
    return fmt::format("{0} is unmounted, but its process {1} has not ended within {2} s: kill {1} ends it", mount.path,
                       server, kEndMilliseconds / 1000);
  }
  return fmt::format(
      "{0} is unmounted here, but still mounted in another mount namespace, that of process {1}: unmount it there with "
      "nsenter -t {1} -m umount {0}, or end it everywhere with kill {2}",
      mount.path, *keeper, server);
}

}  // namespace

void UmountOptions::declare(Syntax& syntax) {
  syntax.text = kText;
  syntax.argument("DIR", directory);
  syntax.check([this] { config::check_is_path({directory, {}}); });
}

int umount_command(const UmountOptions& options) {
  const std::vector<fs::MountEntry> mounts = fs::read_mount_table();
  const std::string path = resolve(options.directory, mounts);
  const std::optional<fs::MountEntry> mount = fs::find_mount(mounts, path);
  if (!mount) throw Error(ErrorKind::system, fmt::format("{}: nothing is mounted here", path));
  if (mount->type != "fuse" && mount->type != "fuse.rimfs") {
    throw Error(ErrorKind::misuse, fmt::format("{} is a mount of {}, not of rimfs", path, mount->type));
  }
  const std::optional<MountAnswer> answer = ask_alive(path);
  const bool dead = answer && answer->problem == ENOTCONN;
  const pid_t server = dead ? kNoProcess : find_server(*mount, answer.has_value()).value_or(kNoProcess);
  const Process process(server);
  remove_mount(path, dead || !answer);
  if (!answer) {
    if (server == kNoProcess) throw Error(ErrorKind::timed_out, path + " is unmounted, but its process did not answer");
    if (process.wait(kSilentEndMilliseconds)) return kSuccess;
    throw Error(ErrorKind::timed_out,
                fmt::format("{0} is unmounted, but its process {1} does not answer; it is stopped or "
                            "hangs: end it with kill -KILL {1}",
                            path, server));
  }
  if (server != kNoProcess && !process.wait(kEndMilliseconds)) {
    throw Error(ErrorKind::timed_out, why_it_lives(*mount, server));
  }
  return kSuccess;
}

}  // namespace rimfs::cli
