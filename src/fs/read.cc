// SPDX-License-Identifier: MIT
// The first and the last step of a read. READ(inode, offset, size) is answered from memory or handed to the image. The
// reply goes from the cache's memory to /dev/fuse in one writev, on the thread that completes it. Next: image/read.cc.
#include <climits>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fs/filesystem.h"
#include "fs/operations.h"

namespace rimfs::fs {
namespace {

// The limit of writev, less libfuse's header. A read of 1 MiB in blocks of 64 KiB has 17 parts at most, so the copy
// below is a safety net.
constexpr std::size_t kMostParts = IOV_MAX - 1;

void reply_joined(fuse_req_t request, std::span<const iovec> parts) {
  std::vector<char> bytes;
  for (const iovec& part : parts) {
    const char* begin = static_cast<const char*>(part.iov_base);
    bytes.insert(bytes.end(), begin, begin + part.iov_len);
  }
  fuse_reply_buf(request, bytes.data(), bytes.size());
}

void reply(fuse_req_t request, std::span<const iovec> parts) {
  if (parts.size() > kMostParts) return reply_joined(request, parts);
  fuse_reply_iov(request, parts.data(), static_cast<int>(parts.size()));
}

/// A read that waits for bytes. Keeps nothing of the session alive, and does nothing when its caller or the mount has
/// ended first.
class ParkedRead final : public image::Read {
 public:
  ParkedRead(ByteRange range, const image::Image& image, std::shared_ptr<Parked> parked, Parked::Id id)
      : Read(range, image.block_size()), parked_(std::move(parked)), id_(id), name_(image.name()) {}

 private:
  void done(std::span<const iovec> parts) override {
    const Parked::Claim claim = parked_->claim(id_);
    if (claim) reply(claim.request(), parts);
  }
  void failed(const Error& error) override {
    const Parked::Claim claim = parked_->claim(id_);
    if (claim) filesystem_of(claim.request()).errors.reply(claim.request(), "read", name_, error);
  }

  const std::shared_ptr<Parked> parked_;
  const Parked::Id id_;
  const std::string name_;
};

/// Answers from memory on the worker's thread, or parks the read.
void read(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* info) {
  // A copy: the handle may be released as soon as the read is answered.
  const Handle handle = handle_of(info);
  image::Image& image = *handle.image;
  Filesystem& filesystem = filesystem_of(request);
  if (image.stale()) {
    const Error error(ErrorKind::changed, image.display_url().text() + ": the file has changed on the server");
    return filesystem.errors.reply(request, "read", image.name(), error);
  }
  const ByteRange range = image.clipped(range_of(Offset{static_cast<std::uint64_t>(offset)}, ByteCount{size}));
  if (range.empty()) return reply(request, {});
  if (image.read_now(*handle.file, range, [request](std::span<const iovec> parts) { reply(request, parts); })) return;
  const Parked::Id id = filesystem.parked->next_id();
  const auto parked = std::make_shared<ParkedRead>(range, image, filesystem.parked, id);
  if (filesystem.parked->add(id, request, handle.image, parked)) image.fetch(*handle.file, parked);
}

}  // namespace

void add_read_operations(fuse_lowlevel_ops& ops) { ops.read = read; }

}  // namespace rimfs::fs
