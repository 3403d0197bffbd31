// SPDX-License-Identifier: MIT
// The folder. opendir takes a snapshot; an offset is the index of the next entry in it: 0 is ".", 1 is "..",
// and file i is i + 2.
#include <cerrno>
#include <vector>

#include "fs/filesystem.h"
#include "fs/operations.h"

namespace rimfs::fs {
namespace {

constexpr std::size_t kDots = 2;

Listing& listing_of(const fuse_file_info* file) {
  return *reinterpret_cast<Listing*>(file->fh);
}

void opendir(fuse_req_t request, fuse_ino_t number, fuse_file_info* file) {
  if (number != kRootInode) {
    fuse_reply_err(request, ENOTDIR);
    return;
  }
  Filesystem& filesystem = filesystem_of(request);
  file->fh = filesystem.open_folders.add(std::make_unique<Listing>(filesystem.library.list()));
  // When the reply fails nobody was told of the handle, and no releasedir will come.
  if (fuse_reply_open(request, file) != 0) filesystem.open_folders.remove(file->fh);
}

void releasedir(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  filesystem_of(request).open_folders.remove(file->fh);
  fuse_reply_err(request, 0);
}

/// One reply to readdir or readdirplus, filled until it is full.
class Page {
 public:
  Page(fuse_req_t request, std::size_t size) : request_(request), bytes_(size) {}

  bool add(const char* name, const struct stat& attributes, std::size_t next) {
    return took(
        fuse_add_direntry(request_, free_space(), left(), name, &attributes, static_cast<off_t>(next)));
  }
  bool add_plus(const char* name, const fuse_entry_param& entry, std::size_t next) {
    return took(
        fuse_add_direntry_plus(request_, free_space(), left(), name, &entry, static_cast<off_t>(next)));
  }
  int reply() { return fuse_reply_buf(request_, bytes_.data(), used_); }

 private:
  char* free_space() { return bytes_.data() + used_; }
  std::size_t left() const { return bytes_.size() - used_; }
  bool took(std::size_t needed) {
    if (needed > left()) return false;
    used_ += needed;
    return true;
  }

  fuse_req_t request_;
  std::vector<char> bytes_;
  std::size_t used_ = 0;
};

const char* dot_name(std::size_t index) {
  return index == 0 ? "." : "..";
}

void readdir(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* file) {
  Filesystem& filesystem = filesystem_of(request);
  const Listing& listing = listing_of(file);
  Page page(request, size);
  for (std::size_t i = static_cast<std::size_t>(offset); i < listing.size() + kDots; ++i) {
    struct stat attributes {};
    if (i < kDots) {
      attributes = root_attributes(filesystem);
      if (!page.add(dot_name(i), attributes, i + 1)) break;
      continue;
    }
    const auto& image = listing[i - kDots];
    attributes.st_ino = filesystem.inodes.number_of(image);
    attributes.st_mode = S_IFREG;
    if (!page.add(image->name().c_str(), attributes, i + 1)) break;
  }
  page.reply();
}

// What readdirplus tells of one image. An image that was seen to change has a name and no inode: the kernel
// asks.
fuse_entry_param plus_entry(Filesystem& filesystem, const std::shared_ptr<image::Image>& image) {
  if (!image->stale()) return entry_of(filesystem, image);
  fuse_entry_param entry{};
  entry.attr.st_ino = filesystem.inodes.number_of(image);
  entry.attr.st_mode = S_IFREG;
  return entry;
}

// Every entry the kernel gets with an inode counts as a lookup; those it does not get are taken back.
void readdirplus(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* file) {
  Filesystem& filesystem = filesystem_of(request);
  const Listing& listing = listing_of(file);
  Page page(request, size);
  std::vector<InodeNumber> given;
  for (std::size_t i = static_cast<std::size_t>(offset); i < listing.size() + kDots; ++i) {
    fuse_entry_param entry{};
    if (i < kDots) {
      entry.attr = root_attributes(filesystem);  // no inode: the kernel has these two
      if (!page.add_plus(dot_name(i), entry, i + 1)) break;
      continue;
    }
    const auto& image = listing[i - kDots];
    entry = plus_entry(filesystem, image);
    if (!page.add_plus(image->name().c_str(), entry, i + 1)) {
      filesystem.inodes.forget(entry.ino, 1);
      break;
    }
    if (entry.ino != 0) given.push_back(entry.ino);
  }
  if (page.reply() == 0) return;
  for (const InodeNumber number : given) filesystem.inodes.forget(number, 1);
}

}  // namespace

void add_readdir_operations(fuse_lowlevel_ops& ops) {
  ops.opendir = opendir;
  ops.releasedir = releasedir;
  ops.readdir = readdir;
  ops.readdirplus = readdirplus;
}

}  // namespace rimfs::fs
