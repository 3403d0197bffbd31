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

/// Lets a thread wait for one read. The bytes are valid during the call only, so they are copied.
class WaitingRead {
 public:
  explicit WaitingRead(std::span<std::byte> bytes) : bytes_(bytes) {}

  void done(std::span<const iovec> parts) {
    std::size_t at = 0;
    for (const iovec& part : parts) {
      std::memcpy(bytes_.data() + at, part.iov_base, part.iov_len);
      at += part.iov_len;
    }
    finish(std::nullopt);
  }
  void finish(const std::optional<Error>& error) {
    const MutexLock lock(mutex_);
    error_ = error;
    finished_ = true;
    changed_.notify_all();
  }
  /// Throws the read's Error.
  void wait() {
    const MutexLock lock(mutex_);
    while (!finished_) changed_.wait(mutex_);
    if (error_) throw *error_;
  }

 private:
  const std::span<std::byte> bytes_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool finished_ RIMFS_GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ RIMFS_GUARDED_BY(mutex_);
};

class Completion : public image::ReadCompletion {
 public:
  explicit Completion(std::shared_ptr<WaitingRead> read) : read_(std::move(read)) {}
  void done(std::span<const iovec> parts) override { read_->done(parts); }
  void failed(const Error& error) override { read_->finish(error); }

 private:
  const std::shared_ptr<WaitingRead> read_;  // outlives a waiter that returned from the very notification
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
    const auto waiting = std::make_shared<WaitingRead>(bytes);
    const std::uint64_t ticket =
        image_->read(*handle_, range_of(at, ByteCount{bytes.size()}), std::make_unique<Completion>(waiting));
    {
      const MutexLock lock(mutex_);
      if (ticket != 0 && !stopping_) tickets_.insert(ticket);
      if (ticket != 0 && stopping_) image_->interrupt(ticket);
    }
    waiting->wait();
    const MutexLock lock(mutex_);
    tickets_.erase(ticket);
  }

  void stop() override {
    std::set<std::uint64_t> waiting;
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
      waiting.swap(tickets_);
    }
    for (const std::uint64_t ticket : waiting) image_->interrupt(ticket);
  }

 private:
  const std::shared_ptr<image::Image> image_;
  const std::shared_ptr<image::OpenFile> handle_;

  Mutex mutex_;
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  std::set<std::uint64_t> tickets_ RIMFS_GUARDED_BY(mutex_);  // of reads under way
};

}  // namespace

std::unique_ptr<CopySource> copy_of_image(std::shared_ptr<image::Image> image) {
  return std::make_unique<ImageSource>(std::move(image));
}

}  // namespace rimfs::cli
