// SPDX-License-Identifier: MIT
#include "image/found_files.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "image/outage.h"
#include "image/read.h"
#include "reactor/signal.h"

namespace rimfs::image {
namespace {

/// One read: copies the bytes once they are in memory.
class CopyingRead final : public Read {
 public:
  CopyingRead(ByteRange range, ByteCount block_size, reactor::EventLoop& loop)
      : Read(range, block_size), changed_(loop) {}

  bool has_ended() const { return ended_; }
  reactor::Signal& changed() { return changed_; }
  /// The bytes, or the read's Error.
  std::vector<std::byte> take() {
    if (failure_) throw *failure_;
    return std::move(bytes_);
  }

 protected:
  void done(std::span<const iovec> parts) override {
    bytes_.reserve(range().size().value);
    for (const iovec& part : parts) {
      const auto* begin = static_cast<const std::byte*>(part.iov_base);
      bytes_.insert(bytes_.end(), begin, begin + part.iov_len);
    }
    end();
  }
  void failed(const Error& error) override {
    failure_ = error;
    end();
  }

 private:
  void end() {
    ended_ = true;
    changed_.notify_all();
  }

  reactor::Signal changed_;
  std::vector<std::byte> bytes_;
  std::optional<Error> failure_;
  bool ended_ = false;
};

}  // namespace

class FoundFiles::OpenFile final : public catalog::FileReader::File {
 public:
  OpenFile(const Parts& parts, std::shared_ptr<fetch::RemoteFile> file) : parts_(parts), file_(std::move(file)) {}
  ~OpenFile() override { parts_.cache.drop_file(file_->id()); }

  ByteCount size() const override { return file_->size(); }

  reactor::Task<std::vector<std::byte>> read(ByteRange range, ByteCount expected) override {
    drop_blocks_before(range);
    const auto read = std::make_shared<CopyingRead>(range, parts_.cache.block_size(), parts_.loop);
    parts_.fetcher.demand(file_, read, {std::max(expected, range.size()), true});
    while (!read->has_ended()) {
      auto change = read->changed().wait();
      co_await change;
    }
    co_return read->take();
  }

 private:
  /// What was read is not needed again, and a header of an archive takes a whole block: thousands of them would fill
  /// the cache. A block that the next range lies in stays.
  void drop_blocks_before(ByteRange range) {
    const BlockRange next = blocks_touched(range, parts_.cache.block_size());
    for (const BlockIndex block : last_) {
      const bool stays = next.first() <= block && block < BlockIndex{next.first().value + next.size()};
      if (!stays) parts_.cache.drop(file_->key_of(block));
    }
    last_ = next;
  }

  const Parts& parts_;
  const std::shared_ptr<fetch::RemoteFile> file_;
  BlockRange last_{BlockIndex{}, BlockIndex{}};  // the blocks of the last read
};

reactor::Task<std::shared_ptr<catalog::FileReader::File>> FoundFiles::open(catalog::Found found) {
  std::shared_ptr<fetch::RemoteFile> file = parts_.files.make_checked(std::move(found));
  co_await stored_.attach(file);
  std::shared_ptr<File> opened = std::make_shared<OpenFile>(parts_, std::move(file));
  co_return opened;
}

reactor::Task<std::optional<http::Identity>> FoundFiles::last_known(catalog::Found listed, Error failure) {
  if (!offline_) co_return std::nullopt;
  std::optional<http::Identity> identity = co_await stored_.last_known(listed.address.id());
  if (identity) {
    log_outage(parts_.failures, listed.address.origin(), failure,
               "showing what the disk cache has, which may not be what the server has now");
  }
  co_return identity;
}

}  // namespace rimfs::image
