// SPDX-License-Identifier: MIT
#include "reactor/script_supervisor.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "base/child_process.h"
#include "base/small_file.h"

namespace rimfs::reactor {
namespace {

constexpr const char* kWord = "--supervise-script";
constexpr const char* kVariable = "RIMFS_SCRIPT";

/// Runs the command without showing it in ps, and removes the variable from its environment.
constexpr const char* kRun = "rimfs_script=$RIMFS_SCRIPT; unset RIMFS_SCRIPT; eval \"$rimfs_script\"";

/// Descendants that cannot be killed within this time (they fork faster, or hang in the kernel) are left.
constexpr std::chrono::seconds kLongestKilling{5};

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&set, number);
  return set;
}

pid_t parent_of(pid_t pid) {
  const std::string stat = read_small_file(fmt::format("/proc/{}/stat", pid)).value_or("");
  const std::size_t name_end = stat.rfind(") ");  // "PID (NAME) STATE PARENT ..."
  pid_t parent = -1;
  if (name_end == std::string::npos || name_end + 4 > stat.size()) return parent;
  std::from_chars(stat.data() + name_end + 4, stat.data() + stat.size(), parent);
  return parent;
}

void kill_children() {
  DIR* const processes = ::opendir("/proc");
  if (!processes) return;
  while (const dirent* entry = ::readdir(processes)) {
    pid_t pid = 0;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, pid).ptr != end) continue;
    if (parent_of(pid) == ::getpid()) ::kill(pid, SIGKILL);
  }
  ::closedir(processes);
}

/// Repeats until no child is left: the children of a killed child become children of this process.
void kill_descendants() {
  const auto deadline = std::chrono::steady_clock::now() + kLongestKilling;
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  constexpr timespec kCheckInterval{0, 20'000'000};
  while (std::chrono::steady_clock::now() < deadline) {
    kill_children();
    pid_t reaped = 0;
    do reaped = ::waitpid(-1, nullptr, WNOHANG);
    while (reaped > 0);
    if (reaped < 0) return;  // ECHILD: no child is left
    ::sigtimedwait(&child, nullptr, &kCheckInterval);
  }
}

[[noreturn]] void become_script(const sigset_t& mask) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // in case the supervisor itself is killed
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::execl("/bin/sh", "sh", "-c", kRun, nullptr);
  ::_exit(127);
}

/// True when an ending signal arrived before the end of the script that was just reaped.
bool was_told_to_end() {
  const sigset_t awaited = ending_signals();
  constexpr timespec kAtOnce{0, 0};
  return ::sigtimedwait(&awaited, nullptr, &kAtOnce) > 0;
}

/// Returns the script's status; nothing when an ending signal arrives first. A stopped script counts as ended by the
/// stop signal, because no shell would continue it in a session of its own.
std::optional<int> wait_for(pid_t script) {
  sigset_t awaited = ending_signals();
  sigaddset(&awaited, SIGCHLD);
  for (;;) {
    const int number = ::sigwaitinfo(&awaited, nullptr);
    if (number > 0 && number != SIGCHLD) return std::nullopt;
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
      if (ended != script) continue;
      if (was_told_to_end()) return std::nullopt;
      return shell_status(status);
    }
  }
}

int supervise(pid_t rimfs) {
  sigset_t blocked = ending_signals();
  sigset_t before;
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (::getppid() != rimfs) return 1;  // rimfs ended before the parent-death signal was set
  const pid_t script = ::fork();
  if (script < 0) return 126;
  if (script == 0) become_script(before);
  ::setpgid(script, script);  // parent and child both call setpgid; the first call takes effect
  const std::optional<int> status = wait_for(script);
  ::kill(-script, SIGKILL);
  if (status) return *status;
  kill_descendants();
  return 128 + SIGKILL;
}

}  // namespace

std::optional<int> run_as_script_supervisor(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[1], kWord) != 0 || !std::getenv(kVariable)) return std::nullopt;
  pid_t rimfs = 0;
  std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), rimfs);
  return supervise(rimfs);
}

std::vector<std::string> supervisor_arguments() { return {"rimfs", kWord, std::to_string(::getpid())}; }

std::string supervisor_variable(const std::string& command) { return fmt::format("{}={}", kVariable, command); }

}  // namespace rimfs::reactor
