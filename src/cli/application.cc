// SPDX-License-Identifier: MIT
#include "cli/application.h"

#include <csignal>

#include "base/descriptors.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace rimfs::cli {
namespace {

constexpr std::string_view kCacheText =
    R"(Manages a disk cache, also while mounts use it. DIR is the --cache-dir of rimfs mount. URL is the
image's, with or without its query; where the URLs of several images differ only in the query, give
the id that list shows. An image that a mount uses now cannot be made smaller by another process.
)";

Command long_running(Command row) {
  row.long_running = true;
  return row;
}

Command with_alias(Command row, std::string_view alias) {
  row.alias = alias;
  return row;
}

Command group(std::string_view name, std::string_view summary, std::string_view text) {
  Command row{name, {}, "COMMAND DIR [ARGUMENT]...", summary};
  row.text = text;
  return row;
}

/// All commands, in the order of the help. A new command needs a row here, options in commands.h, and a source file.
const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      long_running(command("mount", "[OPTION]... [NAME=]URL... MOUNTPOINT\n--config FILE [OPTION]... [MOUNTPOINT]",
                           "mount images, folders or datastores", mount_command)),
      with_alias(command("umount", "DIR", "remove a mount and wait for its process to end", umount_command), "unmount"),
      long_running(command("fetch", "[OPTION]... URL [FILE]\n[--verify] MOUNTED [FILE]",
                           "copy an image to a file or into the disk cache", fetch_command)),
      long_running(command("doctor", "[--json] [--report FILE] [OPTION]... URL",
                           "examine what a server does, beside what rimfs expects", doctor_command)),
      command("status", "[--json] [--watch] [DIR]...", "show what mounts do now", status_command),
      command("vms", "[--json] DIR", "list a vSphere server's machines, and what blocks their conversion", vms_command),
      command("map", "[--json | --bmap] FILE\n--guest [--json] FILE", "show where a mounted file is known to be zero",
              map_command),
      group("cache", "manage a disk cache: list, verify, prune, drop, path", kCacheText),
      command("cache list", "DIR", "list the images: size on disk, share of the image, URL", cache_list_command),
      command("cache verify", "DIR", "read every block and compare its checksum; status 1 when one is damaged",
              cache_verify_command),
      command("cache prune", "DIR SIZE", "evict the least used blocks, until the cache takes SIZE",
              cache_prune_command),
      command("cache drop", "DIR URL...\nDIR --all", "remove images from the cache", cache_drop_command),
      command("cache path", "DIR URL", "show where an image's files are", cache_path_command),
  };
  return table;
}

/// A closed standard error must end neither a mount nor a copy: a write to it fails with an error instead.
void survive_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace

Invocation parse(const std::vector<std::string>& arguments) { return read_command_line(commands(), arguments); }

int run(const std::vector<std::string>& arguments) {
  const Invocation invocation = parse(arguments);
  int status = kSuccess;
  if (!invocation.prepared) {
    print(invocation.text);
  } else {
    if (invocation.command->long_running) {
      survive_broken_pipes();
      // Not earlier: settings may have been read from a descriptor.
      close_inherited_descriptors(descriptors_named_in(arguments));
    }
    status = invocation.prepared->run();
  }
  flush_output();
  return status;
}

int status_of(const std::exception& failure) {
  const auto* const error = dynamic_cast<const Error*>(&failure);
  return error && error->kind() == ErrorKind::misuse ? kUsage : kFailure;
}

}  // namespace rimfs::cli
