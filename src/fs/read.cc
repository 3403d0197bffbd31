// SPDX-License-Identifier: MIT
// The first and the last step of a read: READ(inode, offset, size) is handed to the image, and the answer
// goes from the cache's memory to /dev/fuse in one writev, on whichever thread has it. Next: image/read.cc.
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

// writev's limit, less libfuse's header. A read of 1 MiB in blocks of 64 KiB is 17 parts at most, so the copy
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

/// Answers one parked read. Keeps nothing of the session alive; does nothing when the reader was interrupted
/// or the mount ended first.
class ReadAnswer final : public image::ReadCompletion {
 public:
  ReadAnswer(std::shared_ptr<Parked> parked, Parked::Id id, std::string name)
      : parked_(std::move(parked)), id_(id), name_(std::move(name)) {}

  void done(std::span<const iovec> parts) override {
    const Parked::Claim claim = parked_->claim(id_);
    if (!claim) return;
    if (parts.size() > kMostParts) return reply_joined(claim.request(), parts);
    fuse_reply_iov(claim.request(), parts.data(), static_cast<int>(parts.size()));
  }

  void failed(const Error& error) override {
    const Parked::Claim claim = parked_->claim(id_);
    if (claim) filesystem_of(claim.request()).errors.reply(claim.request(), "read", name_, error);
  }

 private:
  const std::shared_ptr<Parked> parked_;
  const Parked::Id id_;
  const std::string name_;
};

void read(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* info) {
  // Copies: as soon as the read is answered, the handle may be released.
  const Handle handle = handle_of(info);
  const std::shared_ptr<Parked> parked = filesystem_of(request).parked;
  const Parked::Id id = parked->add(request, handle.image);
  if (id == 0) return;
  const ByteRange range = range_of(Offset{static_cast<std::uint64_t>(offset)}, ByteCount{size});
  const std::uint64_t ticket =
      handle.image->read(*handle.file, range, std::make_unique<ReadAnswer>(parked, id, handle.image->name()));
  if (ticket == 0) return;
  // No longer parked: answered in the meantime, and this changes nothing; or interrupted before there was a
  // ticket.
  if (!parked->set_ticket(id, ticket)) handle.image->interrupt(ticket);
}

}  // namespace

void add_read_operations(fuse_lowlevel_ops& ops) { ops.read = read; }

}  // namespace rimfs::fs
