// SPDX-License-Identifier: MIT
// rimfs mount: an engine that reads remote images, and a FUSE session that shows them.
#include <functional>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/daemon.h"
#include "cli/engine.h"
#include "cli/settings_syntax.h"
#include "fs/session.h"

namespace rimfs::cli {
namespace {

constexpr std::string_view kText =
    R"(Mounts remote disk images as local, read-only files. Each http:// or https:// URL becomes a file in
MOUNTPOINT, called NAME or the last part of the URL; one that ends with "/" a folder, as the server
lists it; vsphere://USER@HOST/ the datastores of a vCenter or ESXi server, s3://BUCKET/PREFIX/ what
is in a bucket, dav://HOST/PATH or davs://HOST/PATH a WebDAV folder or file. A single folder is the
mount itself. Returns when the mount is ready.

Sizes are written 64K, 1M or 1GiB, times 500ms, 10s or 2m. A flag wins over the configuration file.
)";

constexpr std::string_view kExamples = R"(Examples:
  rimfs mount https://server/disk.qcow2 /mnt/images
  rimfs mount a.img=https://one/disk.img b.img=https://two/disk.img /mnt/images
  rimfs mount --user me --password-file ~/.secret https://server/disk.vmdk /mnt/images
)";

/// Opens the log. Until the mount is ready, messages also go to the terminal; in the background, only warnings and
/// errors do.
Log open_log(const config::Settings& settings) {
  const bool to_file = !settings.log_file.empty();
  const LogTarget background = settings.foreground ? LogTarget::standard_error : LogTarget::syslog;
  Log log(to_file ? LogTarget::file : background, settings.log_level, settings.log_file);
  if (to_file || !settings.foreground) {
    log.copy_to_terminal(settings.foreground ? settings.log_level : LogLevel::warning);
  }
  return log;
}

void serve(const config::Settings& settings, Log& log, const std::function<void()>& on_ready) {
  Engine engine(settings, log);
  fs::Session session(settings.fs, engine.lookups(), engine.loop(), engine.counters(), log);
  session.run(on_ready);
}

}  // namespace

void MountOptions::declare(Syntax& syntax) {
  syntax.text = kText;
  syntax.examples = kExamples;
  declare_settings(syntax, config::Purpose::mount, settings);
}

int mount_command(const MountOptions& options) {
  const config::Settings& settings = options.settings;
  Daemon daemon(settings.foreground);
  Log log = open_log(settings);
  const bool on_terminal = settings.foreground && settings.log_file.empty();
  try {
    serve(settings, log, [&] {
      log.leave_terminal();
      daemon.ready();
    });
    return kSuccess;
  } catch (const Error& error) {
    log.leave_terminal();
    if (daemon.is_ready() || !on_terminal) log.error("{}", error.message());
    if (!daemon.is_ready()) throw;  // main() reports it on the standard error to the caller that waits for the mount
    return kFailure;
  }
}

}  // namespace rimfs::cli
