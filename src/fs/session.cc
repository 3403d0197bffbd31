// SPDX-License-Identifier: MIT
#include "fs/session.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/descriptors.h"
#include "fs/mountpoint.h"

namespace rimfs::fs {
namespace {

// With it buffered reads arrive as requests of 1 MiB, FUSE's largest: measured 2.3 to 2.6 GB/s instead of 1.5 to 2.1.
constexpr unsigned kKernelReadaheadKib = 1024;

// Later options win, so the user's come last. The kernel checks permissions by mode, so that with allow_other a file is
// readable by all and writable by none.
std::string mount_option_list(const Options& options) {
  std::string list = "ro,fsname=rimfs,subtype=rimfs,default_permissions";
  if (options.allow_other) list += ",allow_other";
  for (const std::string& option : options.mount_options) {
    if (option != "nonempty") list += "," + option;  // libfuse 3 always allows it and has no such option
  }
  return list;
}

fuse_session* new_session(const Options& options, Filesystem& filesystem) {
  std::vector<std::string> words{"rimfs", "-o", mount_option_list(options)};
  std::vector<char*> pointers;
  pointers.reserve(words.size());
  for (std::string& word : words) pointers.push_back(word.data());
  fuse_args arguments = FUSE_ARGS_INIT(static_cast<int>(pointers.size()), pointers.data());
  fuse_session* session = fuse_session_new(&arguments, &operations(), sizeof(fuse_lowlevel_ops), &filesystem);
  fuse_opt_free_args(&arguments);  // libfuse may have made a copy of its own
  return session;
}

std::string because(const std::string& said) { return said.empty() ? std::string{} : ": " + said; }

}  // namespace

void Session::Destroy::operator()(fuse_session* session) const { fuse_session_destroy(session); }

Session::Session(const Options& options, image::LookupService& lookups, reactor::EventLoop& loop,
                 observe::Counters& counters, Log& log)
    : options_(options),
      mountpoint_(checked_mountpoint(options)),
      log_(log),
      libfuse_log_(log),
      filesystem_(options, lookups, loop, counters, log),
      session_(new_session(options, filesystem_)) {
  if (session_ == nullptr) {
    throw Error(ErrorKind::misuse, "a mount option is refused" + because(libfuse_log_.stop_collecting()));
  }
  signals_.emplace(session_.get());
  close_descriptors_on_exec();  // libcurl's sockets have no close-on-exec flag, and fusermount3 would inherit them
  if (fuse_session_mount(session_.get(), mountpoint_.c_str()) != 0) {
    throw Error(ErrorKind::system, "mounting on " + mountpoint_ + " failed" + because(libfuse_log_.stop_collecting()));
  }
  if (const std::string said = libfuse_log_.stop_collecting(); !said.empty()) log_.warning("libfuse: {}", said);
}

Session::~Session() {
  filesystem_.parked->close();
  fuse_session_unmount(session_.get());
}

void Session::run(const std::function<void()>& on_ready) {
  if (!answer_init()) return;
  raise_readahead();
  on_ready();
  serve();
}

// Answers the first request here instead of in the loop, to learn when the kernel has the answer. False when the mount
// ended before that.
bool Session::answer_init() {
  fuse_buf request{};
  while (!filesystem_.initialised && fuse_session_exited(session_.get()) == 0) {
    const int size = fuse_session_receive_buf(session_.get(), &request);
    if (size == -EINTR) continue;
    if (size < 0) {
      std::free(request.mem);
      throw system_error("waiting for the kernel's first request", -size);
    }
    if (size == 0) break;  // unmounted
    fuse_session_process_buf(session_.get(), &request);
  }
  std::free(request.mem);
  return filesystem_.initialised && fuse_session_exited(session_.get()) == 0;
}

void Session::serve() {
  const std::unique_ptr<fuse_loop_config, decltype(&fuse_loop_cfg_destroy)> config(fuse_loop_cfg_create(),
                                                                                   &fuse_loop_cfg_destroy);
  // No worker ever waits, so a few are enough. They stay, because starting a thread costs more than keeping it.
  const unsigned workers = std::max(1u, options_.workers);
  fuse_loop_cfg_set_clone_fd(config.get(), 1);
  fuse_loop_cfg_set_max_threads(config.get(), workers);
  fuse_loop_cfg_set_idle_threads(config.get(), workers);
  const int result = fuse_session_loop_mt(session_.get(), config.get());
  if (result < 0) throw system_error("serving the mount", -result);  // a positive result is the signal that ended it
}

void Session::raise_readahead() {
  KernelReadahead& readahead = filesystem_.kernel_readahead;
  readahead = raise_kernel_readahead(mountpoint_, kKernelReadaheadKib);
  if (!readahead.problem.empty()) {
    log_.info("the kernel's readahead stays at {} KiB: {}", readahead.kib, readahead.problem);
  }
}

}  // namespace rimfs::fs
