// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include "base/descriptors.h"
#include "base/error.h"
#include "base/process_privacy.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "config/command_line.h"
#include "config/shown_arguments.h"
#include "http/options.h"
#include "reactor/script_supervisor.h"

namespace {

using rimfs::Error;
using rimfs::ErrorKind;
using rimfs::cli::print;

constexpr const char* kHelp = R"(Usage: rimfs COMMAND [ARGUMENT]...

rimfs mounts remote disk images as local, read-only files.

Commands:
  mount [OPTION]... [NAME=]URL... DIR   mount images, folders or datastores; see rimfs mount --help
  umount DIR                            remove a mount and wait for its process to end
  fetch [OPTION]... URL [FILE]          copy an image; see rimfs fetch --help
  status [--json] [--watch] [DIR]...    what mounts do now
  map [--json] FILE                     where a mounted file is known to be zero
  cache list|verify|prune|drop|path     look after a disk cache; see rimfs cache --help

  --help, -h                            this text
  --version, -V                         the version

Status: 0 done, 1 failed, 2 the command line or the configuration is wrong.
)";

/// A standard error whose reader has gone ends neither a mount nor a copy: writing to it fails by itself.
void survive_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw Error(ErrorKind::misuse, "no command; see rimfs --help");
  const std::string& command = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (command == "--help" || command == "-h" || command == "help") return print(kHelp), rimfs::cli::kSuccess;
  if (command == "--version" || command == "-V") {
    std::string version = rimfs::http::Options{}.user_agent;  // "rimfs/VERSION"
    std::replace(version.begin(), version.end(), '/', ' ');
    return print(version + "\n"), rimfs::cli::kSuccess;
  }
  if (command == "mount") {
    const auto line = rimfs::config::parse_command_line(rest, rimfs::config::Purpose::mount);
    if (!line.print.empty()) return print(line.print), rimfs::cli::kSuccess;
    survive_broken_pipes();
    rimfs::close_inherited_descriptors(rimfs::descriptors_named_in(rest));
    return rimfs::cli::mount_command(line.settings);
  }
  if (command == "fetch") {
    const auto line = rimfs::config::parse_command_line(rest, rimfs::config::Purpose::fetch);
    if (!line.print.empty()) return print(line.print), rimfs::cli::kSuccess;
    survive_broken_pipes();
    rimfs::close_inherited_descriptors(rimfs::descriptors_named_in(rest));
    return rimfs::cli::fetch_command(line.settings);
  }
  if (command == "umount" || command == "unmount") return rimfs::cli::umount_command(rest);
  if (command == "cache") return rimfs::cli::cache_command(rest);
  if (command == "status") return rimfs::cli::status_command(rest);
  if (command == "map") return rimfs::cli::map_command(rest);
  throw Error(ErrorKind::misuse,
              "no such command; allowed: mount, umount, fetch, status, map, cache; see rimfs --help");
}

/// A write beyond RLIMIT_FSIZE fails with EFBIG instead of ending the process. A handler that does nothing, because
/// scripts would inherit that the signal is ignored.
void survive_file_size_limit() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGXFSZ, &action, nullptr);
}

/// A parent may have ignored SIGCHLD, and the kernel would then throw away how our children end. Scripts and
/// fusermount3 are such children, and the mount that goes into the background.
void see_ends_of_children() { std::signal(SIGCHLD, SIG_DFL); }

/// A umask that takes the owner's own rights away (0777) would make files and folders that rimfs itself cannot use.
/// What it says of others stays.
void keep_own_rights() { ::umask(::umask(S_IRWXG | S_IRWXO) & (S_IRWXG | S_IRWXO)); }

/// ps shows the arguments of every process to every user.
void hide_secrets(int argc, char** argv, const std::vector<std::string>& arguments) {
  if (argc < 1) return;
  std::vector<std::string> shown = rimfs::config::shown_arguments(arguments);
  shown.insert(shown.begin(), argv[0]);
  rimfs::replace_arguments(argc, argv, shown);
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto status = rimfs::reactor::run_as_script_supervisor(argc, argv)) return *status;
  survive_file_size_limit();
  see_ends_of_children();
  keep_own_rights();
  try {
    rimfs::open_missing_standard_descriptors();
    rimfs::close_descriptors_on_exec();
    rimfs::forbid_looking_into_memory();
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    hide_secrets(argc, argv, arguments);
    const int status = run(arguments);
    rimfs::cli::flush_output();
    return status;
  } catch (const Error& error) {
    rimfs::cli::print_error(error.what());
    return error.kind() == ErrorKind::misuse ? rimfs::cli::kUsage : rimfs::cli::kFailure;
  } catch (const std::exception& error) {
    rimfs::cli::print_error(error.what());
    return rimfs::cli::kFailure;
  }
}
