// SPDX-License-Identifier: MIT
// Names and attributes. Answered from known listings when possible; otherwise the request is parked until the server
// has replied.
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "fs/filesystem.h"
#include "fs/operations.h"

namespace rimfs::fs {
namespace {

constexpr std::uint64_t kStatfsBlock = 4096;

void reply_entry(fuse_req_t request, Filesystem& filesystem, const std::shared_ptr<image::Node>& node) {
  const fuse_entry_param entry = entry_of(filesystem, node);
  if (fuse_reply_entry(request, &entry) != 0) filesystem.inodes.forget(entry.ino, 1);
}

void reply_root_entry(fuse_req_t request, const Filesystem& filesystem) {
  fuse_entry_param entry{};
  entry.ino = kRootInode;
  entry.attr = attributes_of(filesystem, *filesystem.lookups.root(), kRootInode);
  entry.attr_timeout = entry.entry_timeout = filesystem.attribute_seconds;
  fuse_reply_entry(request, &entry);
}

// Sends a negative entry. The kernel caches it for as long as a listing is valid.
void reply_no_entry(fuse_req_t request, const Filesystem& filesystem) {
  fuse_entry_param entry{};
  entry.entry_timeout = filesystem.attribute_seconds;
  fuse_reply_entry(request, &entry);
}

void reply_found(fuse_req_t request, Filesystem& filesystem, const std::shared_ptr<image::Node>& node) {
  if (node == nullptr) {
    reply_no_entry(request, filesystem);
  } else {
    reply_entry(request, filesystem, node);
  }
}

// Parks the request until the server has replied.
void look_up_remotely(fuse_req_t request, Filesystem& filesystem, const std::shared_ptr<image::Folder>& folder,
                      const std::string& name) {
  if (const std::optional<Error> failed = filesystem.parked->just_failed(folder.get(), name)) {
    return filesystem.errors.reply(request, "lookup", name, *failed);
  }
  Parked::Operation operation{"lookup", name, image::LookupService::server_of(*folder), folder.get()};
  const Parked::Id id = filesystem.parked->add(request, nullptr, std::move(operation));
  if (id == 0) return;
  filesystem.lookups.look_up(folder, name, [parked = filesystem.parked, id, folder, name](auto answer) {
    const Parked::Claim claim = parked->claim(id);
    if (!claim) return;
    Filesystem& still_here = filesystem_of(claim.request());
    if (const Error* error = std::get_if<Error>(&answer)) {
      const bool passing = is_connection_failure(error->kind());
      if (passing) parked->note_failure(folder.get(), name, *error);
      still_here.errors.reply(claim.request(), "lookup", name, *error);
    } else {
      reply_found(claim.request(), still_here, std::get<0>(answer));
    }
  });
}

// "." and ".." come from an NFS server that exports the mount: it needs the folder entry of a number.
void look_up_dots(fuse_req_t request, Filesystem& filesystem, fuse_ino_t number, bool parent) {
  if (number == kRootInode) return reply_root_entry(request, filesystem);
  const auto node = filesystem.inodes.find(number);
  const auto folder = std::dynamic_pointer_cast<image::Folder>(node);
  if (node == nullptr) {
    fuse_reply_err(request, ESTALE);
  } else if (!parent) {
    reply_entry(request, filesystem, node);
  } else if (folder == nullptr || folder->parent() == filesystem.lookups.root()) {
    reply_root_entry(request, filesystem);
  } else {
    reply_entry(request, filesystem, folder->parent());
  }
}

void lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  Filesystem& filesystem = filesystem_of(request);
  const bool is_parent = std::strcmp(name, "..") == 0;
  if (is_parent || std::strcmp(name, ".") == 0) return look_up_dots(request, filesystem, parent, is_parent);
  const auto folder = folder_or_error(request, parent);
  if (folder == nullptr) return;
  const auto known = filesystem.lookups.look_up_now(folder, name);
  if (!known) return look_up_remotely(request, filesystem, folder, name);
  reply_found(request, filesystem, *known);
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
  const std::shared_ptr<image::Node> node =
      number == kRootInode ? filesystem.lookups.root() : filesystem.inodes.find(number);
  const auto* image = dynamic_cast<const image::Image*>(node.get());
  if (node == nullptr || (image != nullptr && image->stale())) {
    fuse_reply_err(request, ESTALE);
    return;
  }
  const struct stat attributes = attributes_of(filesystem, *node, number);
  fuse_reply_attr(request, &attributes,
                  image != nullptr ? filesystem.file_attribute_seconds() : filesystem.attribute_seconds);
}

// Reports the files of the root folder whose sizes are known.
void statfs(fuse_req_t request, fuse_ino_t) {
  const Filesystem& filesystem = filesystem_of(request);
  const auto& root = filesystem.lookups.root();
  struct statvfs totals {};
  totals.f_bsize = totals.f_frsize = kStatfsBlock;
  totals.f_namemax = 255;
  const image::Folder::Listing listing = root->listing();
  for (const catalog::Entry& entry : *listing) {
    const auto image = std::dynamic_pointer_cast<image::Image>(root->node(entry.name));
    const ByteCount size = image ? image->size() : entry.size.value_or(ByteCount{});
    totals.f_blocks += (size.value + kStatfsBlock - 1) / kStatfsBlock;
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
