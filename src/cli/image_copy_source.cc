// SPDX-License-Identifier: MIT
#include <condition_variable>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/thread_safety.h"
#include "cli/copy_source.h"
#include "image/version_id.h"

namespace rimfs::cli {
namespace {

void copy(std::span<const iovec> parts, std::span<std::byte> bytes) {
  std::size_t at = 0;
  for (const iovec& part : parts) {
    std::memcpy(bytes.data() + at, part.iov_base, part.iov_len);
    at += part.iov_len;
  }
}

/// A read on which a thread can wait. The bytes are valid during done() only, so they are copied.
class WaitingRead : public image::Read {
 public:
  WaitingRead(ByteRange range, ByteCount block_size, std::span<std::byte> bytes)
      : Read(range, block_size), bytes_(bytes) {}

  /// Waits for the end of the read. Throws its Error.
  void wait() {
    const MutexLock lock(mutex_);
    while (!finished_) changed_.wait(mutex_);
    if (error_) throw *error_;
  }

 private:
  void done(std::span<const iovec> parts) override {
    copy(parts, bytes_);
    finish(std::nullopt);
  }
  void failed(const Error& error) override { finish(error); }
  void finish(const std::optional<Error>& error) {
    const MutexLock lock(mutex_);
    error_ = error;
    finished_ = true;
    changed_.notify_all();
  }

  const std::span<std::byte> bytes_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool finished_ RIMFS_GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ RIMFS_GUARDED_BY(mutex_);
};

class ImageSource : public CopySource {
 public:
  explicit ImageSource(std::shared_ptr<image::Image> image) : image_(std::move(image)), handle_(image_->open()) {}

  ByteCount size() const override { return image_->size(); }

  nlohmann::ordered_json identity() const override {
    const std::optional<ImageId> id = image::shown_id(*image_->file());
    return {{"id", id ? id->hex() : ""},
            {"url", image_->display_url().text()},
            {"size", image_->size().value},
            {"etag", image_->etag()},
            {"modified", std::chrono::system_clock::to_time_t(image_->modified())}};
  }

  Offset next_data(Offset from) const override { return image_->seek_data(from).value_or(Offset{size().value}); }

  void read(Offset at, std::span<std::byte> bytes) override {
    const ByteRange range = range_of(at, ByteCount{bytes.size()});
    if (image_->stale()) {
      throw Error(ErrorKind::changed, image_->display_url().text() + ": the file has changed on the server");
    }
    if (image_->read_now(*handle_, range, [bytes](std::span<const iovec> parts) { copy(parts, bytes); })) return;
    const auto read = std::make_shared<WaitingRead>(range, image_->block_size(), bytes);
    image_->fetch(*handle_, read);
    if (!note_begin(read)) image_->cancel(read);
    read->wait();
    const MutexLock lock(mutex_);
    waiting_.erase(read);
  }

  void stop() override {
    std::set<std::shared_ptr<WaitingRead>> waiting;
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
      waiting.swap(waiting_);
    }
    for (const auto& read : waiting) image_->cancel(read);
  }

 private:
  /// False when the read must be cancelled at once.
  bool note_begin(const std::shared_ptr<WaitingRead>& read) {
    const MutexLock lock(mutex_);
    if (!stopping_) waiting_.insert(read);
    return !stopping_;
  }

  const std::shared_ptr<image::Image> image_;
  const std::shared_ptr<image::OpenFile> handle_;

  Mutex mutex_;
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  std::set<std::shared_ptr<WaitingRead>> waiting_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<CopySource> copy_of_image(std::shared_ptr<image::Image> image) {
  return std::make_unique<ImageSource>(std::move(image));
}

}  // namespace rimfs::cli
