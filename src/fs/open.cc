// SPDX-License-Identifier: MIT
// Opening a file checks with the lookup service whether the image is current. No worker waits for that: the request is
// parked and answered from the service's callback, which runs at once when the last check is recent.
#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "fs/filesystem.h"
#include "fs/operations.h"

namespace rimfs::fs {
namespace {

void reply_open(fuse_req_t request, std::shared_ptr<image::Image> image, fuse_file_info file) {
  Filesystem& filesystem = filesystem_of(request);
  auto streams = image->open();
  file.fh = filesystem.open_files.add(std::make_unique<Handle>(Handle{std::move(image), std::move(streams)}));
  // An inode is one version of a file, so its pages stay valid across opens.
  file.keep_cache = 1;
  // Programs that use O_DIRECT get it: requests of 1 MiB, no copy in the page cache. For all programs it would make
  // small reads slow.
  file.direct_io = (file.flags & O_DIRECT) != 0 ? 1 : 0;
  // When the reply fails, the caller has ended, and no release will arrive.
  if (fuse_reply_open(request, &file) != 0) filesystem.open_files.remove(file.fh);
}

void open(fuse_req_t request, fuse_ino_t number, fuse_file_info* file) {
  if ((file->flags & O_ACCMODE) != O_RDONLY || (file->flags & O_TRUNC) != 0) {
    fuse_reply_err(request, EROFS);
    return;
  }
  const auto image = image_or_stale(request, number);
  if (image == nullptr) return;

  Filesystem& filesystem = filesystem_of(request);
  Parked::Operation operation{"open", image->name(), image::LookupService::server_of(*image)};
  const Parked::Id id = filesystem.parked->add(request, image, std::move(operation));
  if (id == 0) return;
  filesystem.lookups.revalidate(image, [parked = filesystem.parked, id, image, info = *file](auto answer) {
    const Parked::Claim claim = parked->claim(id);
    if (!claim) return;
    if (const Error* error = std::get_if<Error>(&answer)) {
      filesystem_of(claim.request()).errors.reply(claim.request(), "open", image->name(), *error);
    } else if (std::get<0>(answer) != image || image->stale()) {
      fuse_reply_err(claim.request(), ESTALE);  // the kernel looks the name up again and finds the new inode
    } else {
      reply_open(claim.request(), image, info);
    }
  });
}

void release(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  filesystem_of(request).open_files.remove(file->fh);
  fuse_reply_err(request, 0);
}

}  // namespace

void add_open_operations(fuse_lowlevel_ops& ops) {
  ops.open = open;
  ops.release = release;
}

}  // namespace rimfs::fs
