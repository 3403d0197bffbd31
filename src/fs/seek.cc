// SPDX-License-Identifier: MIT
// SEEK_DATA and SEEK_HOLE, from the known extents: unknown ranges count as data. No network traffic.
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "fs/filesystem.h"
#include "fs/operations.h"

namespace rimfs::fs {
namespace {

void lseek(fuse_req_t request, fuse_ino_t, off_t offset, int whence, fuse_file_info* file) {
  const image::Image& image = *handle_of(file).image;
  if (image.stale()) {
    fuse_reply_err(request, ESTALE);
    return;
  }
  if (whence != SEEK_DATA && whence != SEEK_HOLE) {
    fuse_reply_err(request, EINVAL);
    return;
  }
  const Offset from{static_cast<std::uint64_t>(offset)};
  std::optional<Offset> found;
  if (offset >= 0 && from < Offset{} + image.size()) {
    found = whence == SEEK_DATA ? image.seek_data(from) : image.seek_hole(from);
  }
  if (found) {
    fuse_reply_lseek(request, static_cast<off_t>(found->value));
  } else {
    fuse_reply_err(request, ENXIO);
  }
}

}  // namespace

void add_seek_operations(fuse_lowlevel_ops& ops) { ops.lseek = lseek; }

}  // namespace rimfs::fs
