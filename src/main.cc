// SPDX-License-Identifier: MIT
// Prepares the process. cli/application.cc runs the program.
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include "base/descriptors.h"
#include "base/process_privacy.h"
#include "cli/application.h"
#include "cli/output.h"
#include "config/shown_arguments.h"
#include "reactor/script_supervisor.h"

namespace {

/// A write beyond RLIMIT_FSIZE fails with EFBIG instead of ending the process. Uses a handler that does nothing,
/// because scripts would inherit an ignored signal.
void survive_file_size_limit() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGXFSZ, &action, nullptr);
}

/// The parent may have ignored SIGCHLD, and then the kernel would discard the exit status of children: of scripts, of
/// fusermount3, and of the mount that goes into the background.
void see_ends_of_children() { std::signal(SIGCHLD, SIG_DFL); }

/// A umask that removes the owner's own permissions (0777) would make files and folders that rimfs itself cannot use.
/// Its bits for group and others stay.
void keep_own_rights() { ::umask(::umask(S_IRWXG | S_IRWXO) & (S_IRWXG | S_IRWXO)); }

/// Hides secrets from ps, which shows the arguments of every process to every user.
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
    return rimfs::cli::run(arguments);
  } catch (const std::exception& failure) {
    rimfs::cli::print_error(failure.what());
    return rimfs::cli::status_of(failure);
  }
}
