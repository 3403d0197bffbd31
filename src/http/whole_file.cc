// SPDX-License-Identifier: MIT
#include "http/whole_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "http/html_sniff.h"

namespace rimfs::http {
namespace {

/// A new file without a name, so that it is gone when the process is, however that ends.
File make_unnamed(const Directory& folder) {
  static std::atomic<unsigned> next{0};
  const std::string name = fmt::format(".download-{}-{}", ::getpid(), next++);
  File file = folder.make_new(name);
  folder.remove(name);
  return file;
}

/// A login page, or an error that comes as a success, is no file, whatever its type says.
bool begins_page(std::span<const std::byte> bytes, Offset at) {
  const auto beginning = bytes.first(std::min(bytes.size(), kSniffedBytes));
  return at == Offset{0} && looks_like_html({reinterpret_cast<const char*>(beginning.data()), beginning.size()});
}

/// Another attempt would fail in the same way, after all bytes have come once more.
Rejection local_failure(std::string_view reason) {
  Rejection failure = of_fault(Fault::local, reason);
  failure.retry = failure.briefly = false;
  return failure;
}

}  // namespace

WholeFile::WholeFile(reactor::EventLoop& loop, reactor::Offload& pool, Address from, Identity identity)
    : pool_(pool), address_(std::move(from)), identity_(std::move(identity)), changed_(loop), more_(loop) {}

reactor::Task<std::optional<Rejection>> WholeFile::on_pool(std::function<std::optional<Rejection>()> work) {
  std::optional<Rejection> failure;
  reactor::Offload::Work guarded = [&] {
    try {
      failure = work();
    } catch (const std::exception& problem) {
      failure = local_failure(problem.what());
    }
  };
  auto done = pool_.run(std::move(guarded));
  co_await done;
  co_return failure;
}

// ---- Readers

reactor::Task<std::optional<Rejection>> WholeFile::read(std::span<std::byte> bytes, Offset at) {
  std::function<std::optional<Rejection>()> work = [this, bytes, at]() -> std::optional<Rejection> {
    if (file_->read(bytes, at)) return std::nullopt;
    return local_failure("the downloaded file was cut");
  };
  std::optional<Rejection> failure = co_await on_pool(std::move(work));
  co_return failure;
}

// ---- The download

reactor::Task<std::optional<Rejection>> WholeFile::open(const Directory& folder, ByteCount reserved) {
  std::function<std::optional<Rejection>()> work = [this, &folder, reserved] { return make_file(folder, reserved); };
  std::optional<Rejection> failure = co_await on_pool(std::move(work));
  co_return failure;
}

/// On a thread of the pool.
std::optional<Rejection> WholeFile::make_file(const Directory& folder, ByteCount reserved) {
  if (file_) return std::nullopt;
  const ByteCount free = folder.free_space();
  const ByteCount needed = identity_.size + reserved + kLeftFree;
  if (free < needed) {
    return local_failure(
        fmt::format("{} has no room for a download of {} bytes: {} bytes are free; {} more are for other downloads, "
                    "and {} are left",
                    folder.path(), identity_.size.value, free.value, reserved.value, kLeftFree.value));
  }
  file_ = std::make_unique<File>(make_unnamed(folder));
  return std::nullopt;
}

BodySink& WholeFile::begin_attempt() {
  progress_.emplace();
  queue_.clear();
  written_ = {};
  proven_ = false;
  lost_ = false;
  ended_ = false;
  return arriving_;
}

void WholeFile::receive(std::span<const std::byte> bytes, bool proven) {
  received_ += ByteCount{bytes.size()};
  if (lost_) return;
  proven_ |= proven;
  queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  more_.notify_all();
}

void WholeFile::lose_attempt() {
  lost_ = true;
  queue_.clear();
  more_.notify_all();
}

void WholeFile::end_attempt(bool complete) {
  proven_ |= complete && !lost_;
  ended_ = true;
  more_.notify_all();
}

/// What a page begins with is looked at as a whole.
bool WholeFile::has_enough() const {
  const ByteCount least = written_ == Offset{0} ? ByteCount{kSniffedBytes} : ByteCount{1};
  return ByteCount{queue_.size()} >= least;
}

reactor::Task<std::optional<Rejection>> WholeFile::write_arriving(std::function<void()> drained) {
  for (;;) {
    while (!has_enough() && !ended_ && !lost_) {
      auto more = more_.wait();
      co_await more;
    }
    if (lost_) co_return of_fault(Fault::short_body, "its bytes did not count before its end");
    if (queue_.empty()) break;
    const std::vector<std::byte> bytes = std::exchange(queue_, {});
    drained();
    std::function<std::optional<Rejection>()> work = [this, &bytes] { return store(bytes, written_); };
    const std::optional<Rejection> failure = co_await on_pool(std::move(work));
    if (failure) co_return failure;
    written_ += ByteCount{bytes.size()};
    if (proven_ && written_ > arrived_) {
      arrived_ = written_;
      changed_.notify_all();
    }
  }
  // The end may have proved what was written before.
  if (proven_) arrived_ = std::max(arrived_, written_);
  changed_.notify_all();
  co_return std::nullopt;
}

/// Writes what is new, and compares what was downloaded before. On a thread of the pool.
std::optional<Rejection> WholeFile::store(std::span<const std::byte> bytes, Offset at) const {
  if (begins_page(bytes, at)) return of_fault(Fault::page_not_file);
  const std::size_t known = at < arrived_ ? std::min((arrived_ - at).value, std::uint64_t{bytes.size()}) : 0;
  if (known > 0) {
    std::vector<std::byte> before(known);
    const bool same = file_->read(before, at) && std::memcmp(before.data(), bytes.data(), known) == 0;
    if (!same) return of_fault(Fault::changed, "a repeated download has other bytes");
  }
  if (known < bytes.size()) file_->write(bytes.subspan(known), at + ByteCount{known});
  return std::nullopt;
}

void WholeFile::fail(Rejection failure) {
  failure_ = std::move(failure);
  changed_.notify_all();
}

reactor::Task<> WholeFile::close() {
  std::function<std::optional<Rejection>()> work = [this]() -> std::optional<Rejection> {
    file_.reset();
    return std::nullopt;
  };
  co_await on_pool(std::move(work));
}

}  // namespace rimfs::http
