// SPDX-License-Identifier: MIT
// Folders. opendir takes a snapshot of the listing, with a request to the server when necessary. An offset is the index
// of the next entry: 0 is ".", 1 is "..", and entry i is i + 2.
#include <cerrno>
#include <vector>

#include "fs/filesystem.h"
#include "fs/operations.h"

namespace rimfs::fs {
namespace {

constexpr std::size_t kDots = 2;

OpenFolder& open_folder_of(const fuse_file_info* file) { return *reinterpret_cast<OpenFolder*>(file->fh); }

void reply_opendir(fuse_req_t request, std::shared_ptr<image::Folder> folder, image::Folder::Listing listing,
                   fuse_file_info file) {
  Filesystem& filesystem = filesystem_of(request);
  file.fh =
      filesystem.open_folders.add(std::make_unique<OpenFolder>(OpenFolder{std::move(folder), std::move(listing)}));
  // When the reply fails, the kernel does not have the handle, and no releasedir will arrive.
  if (fuse_reply_open(request, &file) != 0) filesystem.open_folders.remove(file.fh);
}

void opendir(fuse_req_t request, fuse_ino_t number, fuse_file_info* file) {
  Filesystem& filesystem = filesystem_of(request);
  const auto folder = folder_or_error(request, number);
  if (folder == nullptr) return;
  if (auto listing = filesystem.lookups.list_now(*folder)) {
    return reply_opendir(request, folder, std::move(listing), *file);
  }
  Parked::Operation operation{"listing", folder->path(), image::LookupService::server_of(*folder)};
  const Parked::Id id = filesystem.parked->add(request, nullptr, std::move(operation));
  if (id == 0) return;
  filesystem.lookups.list(folder, [parked = filesystem.parked, id, folder, info = *file](auto answer) {
    const Parked::Claim claim = parked->claim(id);
    if (!claim) return;
    if (const Error* error = std::get_if<Error>(&answer)) {
      filesystem_of(claim.request()).errors.reply(claim.request(), "listing", folder->path(), *error);
    } else {
      reply_opendir(claim.request(), folder, std::get<0>(answer), info);
    }
  });
}

void releasedir(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  filesystem_of(request).open_folders.remove(file->fh);
  fuse_reply_err(request, 0);
}

/// One reply to readdir or readdirplus. add() returns false when it is full.
class Page {
 public:
  Page(fuse_req_t request, std::size_t size) : request_(request), bytes_(size) {}

  bool add(const char* name, const struct stat& attributes, std::size_t next) {
    return took(fuse_add_direntry(request_, free_space(), left(), name, &attributes, static_cast<off_t>(next)));
  }
  bool add_plus(const char* name, const fuse_entry_param& entry, std::size_t next) {
    return took(fuse_add_direntry_plus(request_, free_space(), left(), name, &entry, static_cast<off_t>(next)));
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

const char* dot_name(std::size_t index) { return index == 0 ? "." : ".."; }

struct stat dot_attributes(Filesystem& filesystem, const image::Folder& folder,
                           const std::shared_ptr<image::Folder>& self, std::size_t index) {
  const auto shown = index == 1 && folder.parent() ? folder.parent() : self;
  return attributes_of(filesystem, *shown, number_of(filesystem, shown));
}

mode_t kind_of(const catalog::Entry& entry) { return entry.folder ? S_IFDIR : S_IFREG; }

// The number of a name that has no inode yet: libfuse's own value for "unknown".
constexpr ino_t kUnknownInode = 0xffffffff;

void readdir(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* file) {
  Filesystem& filesystem = filesystem_of(request);
  const OpenFolder& open = open_folder_of(file);
  Page page(request, size);
  for (std::size_t i = static_cast<std::size_t>(offset); i < open.listing->size() + kDots; ++i) {
    struct stat attributes {};
    if (i < kDots) {
      attributes = dot_attributes(filesystem, *open.folder, open.folder, i);
      if (!page.add(dot_name(i), attributes, i + 1)) break;
      continue;
    }
    const catalog::Entry& entry = (*open.listing)[i - kDots];
    if (!entry.listed) continue;
    const auto node = open.folder->node(entry.name);
    attributes.st_ino = node ? filesystem.inodes.number_of(node) : kUnknownInode;
    attributes.st_mode = kind_of(entry);
    if (!page.add(entry.name.c_str(), attributes, i + 1)) break;
  }
  page.reply();
}

// The readdirplus entry of one name. A name that would need a request to the server has no inode; the kernel looks it
// up when a program uses it.
fuse_entry_param plus_entry(Filesystem& filesystem, const OpenFolder& open, const catalog::Entry& listed) {
  if (const auto node = filesystem.lookups.node_of(open.folder, listed)) return entry_of(filesystem, node);
  fuse_entry_param entry{};
  entry.attr.st_ino = kUnknownInode;
  entry.attr.st_mode = kind_of(listed);
  return entry;
}

// Every entry with an inode that the kernel receives counts as a lookup. Those that it does not receive are taken back.
void readdirplus(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* file) {
  Filesystem& filesystem = filesystem_of(request);
  const OpenFolder& open = open_folder_of(file);
  Page page(request, size);
  std::vector<InodeNumber> given;
  for (std::size_t i = static_cast<std::size_t>(offset); i < open.listing->size() + kDots; ++i) {
    fuse_entry_param entry{};
    if (i < kDots) {
      entry.attr = dot_attributes(filesystem, *open.folder, open.folder, i);  // no inode: the kernel has these two
      if (!page.add_plus(dot_name(i), entry, i + 1)) break;
      continue;
    }
    const catalog::Entry& listed = (*open.listing)[i - kDots];
    if (!listed.listed) continue;
    entry = plus_entry(filesystem, open, listed);
    if (!page.add_plus(listed.name.c_str(), entry, i + 1)) {
      if (entry.ino != 0) filesystem.inodes.forget(entry.ino, 1);
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
