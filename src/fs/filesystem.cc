// SPDX-License-Identifier: MIT
#include "fs/filesystem.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "fs/operations.h"

namespace rimfs::fs {
namespace {

// The largest READ of the kernel, and libfuse's own limit (256 pages). The kernel derives the size of reads from the
// size of writes that a server announces.
constexpr unsigned kRequestBytes = 1u << 20;
// The number of readahead and asynchronous requests that may be in flight. The kernel's default of 12 would be 12 MiB:
// too little for 16 connections. Requests beyond the limit wait in the kernel behind all others, so that readers of a
// server that hangs would delay readers of another server. The limit is so high that this does not happen. The kernel
// caps it for unprivileged mounts.
constexpr unsigned kBackgroundRequests = 4096;
// The block size that stat reports for cp and dd. Larger values bring nothing (coreutils uses at least 128 KiB), and
// some kernels mishandle inodes whose blocks are larger than a page.
constexpr blksize_t kPreferredBlock = 4096;

void init(void* userdata, fuse_conn_info* connection) {
  static_cast<Filesystem*>(userdata)->initialised = true;
  connection->max_write = kRequestBytes;
  connection->max_background = kBackgroundRequests;
  connection->congestion_threshold = kBackgroundRequests / 4 * 3;
  connection->want |=
      connection->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_ASYNC_DIO | FUSE_CAP_PARALLEL_DIROPS |
                             FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_EXPORT_SUPPORT);
  // An inode's data never changes (another version is another inode), so the kernel need not request the attributes
  // before it uses its pages. Replies go from memory by writev, so no pipe is needed.
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
                                             FUSE_CAP_SPLICE_MOVE);
}

struct stat common_attributes(const Filesystem& filesystem, InodeNumber number, mode_t mode) {
  struct stat attributes {};
  attributes.st_ino = number;
  attributes.st_mode = mode;
  attributes.st_uid = filesystem.user;
  attributes.st_gid = filesystem.group;
  attributes.st_blksize = kPreferredBlock;
  return attributes;
}

struct stat image_attributes(const Filesystem& filesystem, const image::Image& image, InodeNumber number) {
  struct stat attributes = common_attributes(filesystem, number, S_IFREG | 0444);
  const ByteCount size = image.size();
  const ByteCount stored = size - image.known_zero();
  attributes.st_nlink = 1;
  attributes.st_size = static_cast<off_t>(size.value);
  // Smaller than the size as soon as zeros are known: then cp, tar, du and rsync look for holes.
  attributes.st_blocks = static_cast<blkcnt_t>((stored.value + 511) / 512);
  const auto since_epoch = image.modified().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  attributes.st_mtim.tv_sec = seconds.count();
  attributes.st_mtim.tv_nsec = std::chrono::nanoseconds(since_epoch - seconds).count();
  attributes.st_atim = attributes.st_ctim = attributes.st_mtim;
  return attributes;
}

}  // namespace

Filesystem::Filesystem(const Options& options, image::LookupService& service, reactor::EventLoop& loop,
                       observe::Counters& count_in, Log& log_to)
    : lookups(service),
      counters(count_in),
      log(log_to),
      attribute_seconds(std::chrono::duration<double>(options.attribute_time).count()),
      user(getuid()),
      group(getgid()),
      mounted_at(std::time(nullptr)),
      same_file(options.same_file),
      errors(loop, log_to),
      parked(std::make_shared<Parked>(
          loop, Parked::Limit{service.answer_deadline(),
                              [&service](const std::string& server) { return service.extended_until(server); }})) {}

Filesystem& filesystem_of(fuse_req_t request) { return *static_cast<Filesystem*>(fuse_req_userdata(request)); }

Handle& handle_of(const fuse_file_info* file) { return *reinterpret_cast<Handle*>(file->fh); }

std::shared_ptr<image::Image> image_or_stale(fuse_req_t request, fuse_ino_t number) {
  auto image = std::dynamic_pointer_cast<image::Image>(filesystem_of(request).inodes.find(number));
  if (image != nullptr && !image->stale()) return image;
  fuse_reply_err(request, ESTALE);
  return nullptr;
}

std::shared_ptr<image::Folder> folder_or_error(fuse_req_t request, fuse_ino_t number) {
  const Filesystem& filesystem = filesystem_of(request);
  if (number == kRootInode) return filesystem.lookups.root();
  const auto node = filesystem.inodes.find(number);
  auto folder = std::dynamic_pointer_cast<image::Folder>(node);
  if (folder == nullptr) fuse_reply_err(request, node == nullptr ? ESTALE : ENOTDIR);
  return folder;
}

InodeNumber number_of(Filesystem& filesystem, const std::shared_ptr<image::Folder>& folder) {
  return folder == filesystem.lookups.root() ? kRootInode : filesystem.inodes.number_of(folder);
}

struct stat attributes_of(const Filesystem& filesystem, const image::Node& node, InodeNumber number) {
  if (const auto* image = dynamic_cast<const image::Image*>(&node)) {
    return image_attributes(filesystem, *image, number);
  }
  const auto& folder = dynamic_cast<const image::Folder&>(node);
  struct stat attributes = common_attributes(filesystem, number, S_IFDIR | 0555);
  attributes.st_nlink = 2;
  attributes.st_mtim.tv_sec = folder.entry().modified.value_or(filesystem.mounted_at);
  attributes.st_atim = attributes.st_ctim = attributes.st_mtim;
  return attributes;
}

fuse_entry_param entry_of(Filesystem& filesystem, const std::shared_ptr<image::Node>& node) {
  fuse_entry_param entry{};
  entry.ino = filesystem.inodes.look_up(node);
  entry.attr = attributes_of(filesystem, *node, entry.ino);
  entry.entry_timeout = filesystem.attribute_seconds;
  const bool is_file = dynamic_cast<const image::Image*>(node.get()) != nullptr;
  entry.attr_timeout = is_file ? filesystem.file_attribute_seconds() : filesystem.attribute_seconds;
  return entry;
}

const fuse_lowlevel_ops& operations() {
  static const fuse_lowlevel_ops all = [] {
    fuse_lowlevel_ops ops{};
    ops.init = init;
    add_lookup_operations(ops);
    add_readdir_operations(ops);
    add_open_operations(ops);
    add_read_operations(ops);
    add_seek_operations(ops);
    add_xattr_operations(ops);
    add_refused_operations(ops);
    return ops;
  }();
  return all;
}

}  // namespace rimfs::fs
