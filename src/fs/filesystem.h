// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

#include "base/log.h"
#include "fs/answer_parts.h"
#include "fs/error_replies.h"
#include "fs/fuse.h"
#include "fs/handle_table.h"
#include "fs/inodes.h"
#include "fs/kernel_readahead.h"
#include "fs/options.h"
#include "fs/parked.h"
#include "image/image.h"
#include "image/lookup_service.h"
#include "observe/counters.h"

namespace rimfs::fs {

/// One open file: its image, and the readahead streams of the handle. Lives from open to release.
struct Handle {
  std::shared_ptr<image::Image> image;
  std::shared_ptr<image::OpenFile> file;
};

/// One open folder, with its listing at opendir.
struct OpenFolder {
  std::shared_ptr<image::Folder> folder;
  image::Folder::Listing listing;
};

/// The state that all operations of one mount share; libfuse passes it with every request. Owned by Session. The lookup
/// service, the loop, the counters and the log outlive it. Operations run on FUSE workers, their callbacks on any
/// thread. A callback uses this object only while it holds a Parked::Claim.
struct Filesystem {
  Filesystem(const Options& options, image::LookupService& service, reactor::EventLoop& loop,
             observe::Counters& count_in, Log& log_to);

  // Constant after construction.
  image::LookupService& lookups;
  observe::Counters& counters;
  Log& log;
  const double attribute_seconds;  ///< How long the kernel may cache names, and the attributes of folders.
  /// The same for the attributes of files: st_blocks shrinks while zeros are learned, and a new request costs no
  /// network traffic.
  double file_attribute_seconds() const { return std::min(attribute_seconds, 1.0); }
  const uid_t user;
  const gid_t group;
  const std::time_t mounted_at;
  const std::string same_file;       ///< Options::same_file.
  KernelReadahead kernel_readahead;  ///< Set before the mount is served.

  // Synchronise themselves.
  Inodes inodes;
  ErrorReplies errors;
  AnswerParts answers;
  const std::shared_ptr<Parked> parked;
  HandleTable<Handle> open_files;
  HandleTable<OpenFolder> open_folders;
  bool initialised = false;  ///< True once INIT has arrived. Only used by the thread that runs the session.
};

Filesystem& filesystem_of(fuse_req_t request);
Handle& handle_of(const fuse_file_info* file);

/// The image of an inode number, or null after answering ESTALE: for an unknown number, and for a stale image. After
/// ESTALE the kernel looks the name up again.
std::shared_ptr<image::Image> image_or_stale(fuse_req_t request, fuse_ino_t number);

/// The folder of an inode number, or null after answering ENOTDIR or ESTALE.
std::shared_ptr<image::Folder> folder_or_error(fuse_req_t request, fuse_ino_t number);

/// The inode number of a folder: the root's, or one of Inodes. Does not count as a lookup.
InodeNumber number_of(Filesystem& filesystem, const std::shared_ptr<image::Folder>& folder);

/// The attributes of a file or folder.
struct stat attributes_of(const Filesystem& filesystem, const image::Node& node, InodeNumber number);

/// An entry for the reply to a lookup. Counts as one lookup: when the reply fails, forget() it.
fuse_entry_param entry_of(Filesystem& filesystem, const std::shared_ptr<image::Node>& node);

/// All operations, for fuse_session_new().
const fuse_lowlevel_ops& operations();

}  // namespace rimfs::fs
