// SPDX-License-Identifier: MIT
// Each source file of operations adds its own functions to libfuse's table.
#pragma once

#include "fs/fuse.h"

namespace rimfs::fs {

void add_lookup_operations(fuse_lowlevel_ops& ops);   // lookup.cc: lookup, forget, getattr, statfs
void add_readdir_operations(fuse_lowlevel_ops& ops);  // readdir.cc: opendir, readdir, readdirplus, releasedir
void add_open_operations(fuse_lowlevel_ops& ops);     // open.cc: open, release
void add_read_operations(fuse_lowlevel_ops& ops);     // read.cc: read
void add_seek_operations(fuse_lowlevel_ops& ops);     // seek.cc: lseek
void add_xattr_operations(fuse_lowlevel_ops& ops);    // xattr.cc: getxattr, listxattr
void add_refused_operations(fuse_lowlevel_ops& ops);  // refused.cc: the operations that would write

}  // namespace rimfs::fs
