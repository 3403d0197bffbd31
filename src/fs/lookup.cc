// SPDX-License-Identifier: MIT
// Names and attributes. All answered from what is known, but for the lookup of a file that was seen to
// change: that one is parked until the server has said what the file is now.
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "fs/filesystem.h"
#include "fs/operations.h"

namespace rimfs::fs {
namespace {

constexpr std::uint64_t kStatfsBlock = 4096;

void reply_entry(fuse_req_t request, Filesystem& filesystem, const std::shared_ptr<image::Image>& image) {
  const fuse_entry_param entry = entry_of(filesystem, image);
  if (fuse_reply_entry(request, &entry) != 0) filesystem.inodes.forget(entry.ino, 1);
}

void reply_root_entry(fuse_req_t request, const Filesystem& filesystem) {
  fuse_entry_param entry{};
  entry.ino = kRootInode;
  entry.attr = root_attributes(filesystem);
  entry.attr_timeout = entry.entry_timeout = filesystem.attribute_seconds;
  fuse_reply_entry(request, &entry);
}

// A negative entry, which the kernel remembers: the mount's names do not change.
void reply_no_entry(fuse_req_t request, const Filesystem& filesystem) {
  fuse_entry_param entry{};
  entry.entry_timeout = filesystem.attribute_seconds;
  fuse_reply_entry(request, &entry);
}

void look_up_changed(fuse_req_t request, Filesystem& filesystem, std::shared_ptr<image::Image> image) {
  const Parked::Id id = filesystem.parked->add(request, image);
  if (id == 0) return;
  filesystem.library.revalidate(image, [parked = filesystem.parked, id, name = image->name()](auto answer) {
    const Parked::Claim claim = parked->claim(id);
    if (!claim) return;
    Filesystem& still_here = filesystem_of(claim.request());
    if (const Error* error = std::get_if<Error>(&answer)) {
      still_here.errors.reply(claim.request(), "lookup", name, *error);
    } else {
      reply_entry(claim.request(), still_here, std::get<0>(answer));
    }
  });
}

// "." and ".." come from an NFS server above us, which wants the folder entry of a number.
void look_up_dots(fuse_req_t request, Filesystem& filesystem, fuse_ino_t number, bool parent) {
  if (parent || number == kRootInode) return reply_root_entry(request, filesystem);
  if (const auto image = image_or_stale(request, number)) reply_entry(request, filesystem, image);
}

void lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  Filesystem& filesystem = filesystem_of(request);
  const bool is_parent = std::strcmp(name, "..") == 0;
  if (is_parent || std::strcmp(name, ".") == 0) return look_up_dots(request, filesystem, parent, is_parent);
  if (parent != kRootInode) {
    fuse_reply_err(request, ENOTDIR);
    return;
  }
  auto image = filesystem.library.find(name);
  if (image == nullptr) return reply_no_entry(request, filesystem);
  if (image->stale()) return look_up_changed(request, filesystem, std::move(image));
  reply_entry(request, filesystem, image);
}

void forget(fuse_req_t request, fuse_ino_t number, std::uint64_t count) {
  filesystem_of(request).inodes.forget(number, count);
  fuse_reply_none(request);
}

void forget_multi(fuse_req_t request, std::size_t count, fuse_forget_data* forgets) {
  Inodes& inodes = filesystem_of(request).inodes;
  for (std::size_t i = 0; i < count; ++i) inodes.forget(forgets[i].ino, forgets[i].nlookup);
  fuse_reply_none(request);
}

void getattr(fuse_req_t request, fuse_ino_t number, fuse_file_info*) {
  const Filesystem& filesystem = filesystem_of(request);
  struct stat attributes {};
  if (number == kRootInode) {
    attributes = root_attributes(filesystem);
  } else {
    const auto image = image_or_stale(request, number);
    if (image == nullptr) return;
    attributes = attributes_of(filesystem, *image, number);
  }
  fuse_reply_attr(request, &attributes, filesystem.attribute_seconds);
}

void statfs(fuse_req_t request, fuse_ino_t) {
  struct statvfs totals {};
  totals.f_bsize = totals.f_frsize = kStatfsBlock;
  totals.f_namemax = 255;
  for (const auto& image : filesystem_of(request).library.list()) {
    totals.f_blocks += (image->size().value + kStatfsBlock - 1) / kStatfsBlock;
    ++totals.f_files;
  }
  fuse_reply_statfs(request, &totals);
}

}  // namespace

void add_lookup_operations(fuse_lowlevel_ops& ops) {
  ops.lookup = lookup;
  ops.forget = forget;
  ops.forget_multi = forget_multi;
  ops.getattr = getattr;
  ops.statfs = statfs;
}

}  // namespace rimfs::fs
