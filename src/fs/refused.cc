// SPDX-License-Identifier: MIT
// Operations that would write end with EROFS. The mount is read-only, so the kernel seldom sends them; a mount option
// or a remount can make it.
#include <cerrno>

#include "fs/operations.h"

namespace rimfs::fs {
namespace {

// One function for every signature: the request is the first argument in all of them.
template <typename... Arguments>
void refuse(fuse_req_t request, Arguments...) {
  fuse_reply_err(request, EROFS);
}

}  // namespace

void add_refused_operations(fuse_lowlevel_ops& ops) {
  ops.setattr = refuse;
  ops.mknod = refuse;
  ops.mkdir = refuse;
  ops.unlink = refuse;
  ops.rmdir = refuse;
  ops.symlink = refuse;
  ops.rename = refuse;
  ops.link = refuse;
  ops.write = refuse;
  ops.create = refuse;
  ops.setxattr = refuse;
  ops.removexattr = refuse;
  ops.fallocate = refuse;
}

}  // namespace rimfs::fs
