// SPDX-License-Identifier: MIT
// rimfs mount: an engine that reads remote images, and a FUSE session that shows them.
#include <functional>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/engine.h"
#include "fs/session.h"

namespace rimfs::cli {
namespace {

/// The mount can be used: from now on the log speaks for the program.
void leave_terminal(const config::Settings& settings, Daemon& daemon, Log& log) {
  const LogTarget background = settings.foreground ? LogTarget::standard_error : LogTarget::syslog;
  log = settings.log_file.empty() ? Log(background, settings.log_level)
                                  : Log(LogTarget::file, settings.log_level, settings.log_file);
  daemon.ready();
}

void serve(const config::Settings& settings, Log& log, const std::function<void()>& on_ready) {
  Engine engine(settings, log);
  fs::Session session(settings.fs, engine.library(), engine.loop(), log);
  session.run(on_ready);
}

}  // namespace

int mount_command(const config::Settings& settings) {
  Daemon daemon(settings.foreground);
  // Until the mount is usable the terminal is told only what goes wrong.
  Log log(LogTarget::standard_error, settings.foreground ? settings.log_level : LogLevel::warning);
  try {
    serve(settings, log, [&] { leave_terminal(settings, daemon, log); });
    return kSuccess;
  } catch (const Error& error) {
    if (!daemon.is_ready()) throw;
    log.error("{}", error.message());
    return kFailure;
  }
}

}  // namespace rimfs::cli
