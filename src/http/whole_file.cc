// SPDX-License-Identifier: MIT
#include "http/whole_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>

#include "http/html_sniff.h"

namespace rimfs::http {
namespace {

/// What is left free on the file system beside a download, as beside the disk cache.
constexpr ByteCount kLeftFree = 256_MiB;

/// A new file without a name, so that it is gone when the process is, however that ends.
File make_unnamed(const Directory& folder) {
  static std::atomic<unsigned> next{0};
  const std::string name = fmt::format(".download-{}-{}", ::getpid(), next++);
  File file = folder.make_new(name);
  folder.remove(name);
  return file;
}

void check_room(const Directory& folder, const Address& from, ByteCount size) {
  const ByteCount free = folder.free_space();
  if (free >= size + kLeftFree) return;
  throw Error(ErrorKind::system,
              fmt::format("{}: {} has no room for a download of {} bytes: {} are free, of which {} are left",
                          from.shown(), folder.path(), size.value, free.value, kLeftFree.value));
}

/// A login page, or an error that comes as a success, is no file, whatever its type says.
bool begins_page(std::span<const std::byte> bytes, Offset at) {
  const auto beginning = bytes.first(std::min(bytes.size(), kSniffedBytes));
  return at == Offset{0} && looks_like_html({reinterpret_cast<const char*>(beginning.data()), beginning.size()});
}

Rejection local_failure(const Error& error) { return of_fault(Fault::local, error.message()); }

}  // namespace

WholeFile::WholeFile(reactor::EventLoop& loop, const DownloadPlace& place, Address from, Identity identity)
    : pool_(place.pool),
      address_(std::move(from)),
      identity_(std::move(identity)),
      file_((check_room(place.folder, address_, identity_.size), std::make_shared<File>(make_unnamed(place.folder)))),
      changed_(loop),
      more_(loop) {}

reactor::Task<std::optional<Rejection>> WholeFile::read(std::span<std::byte> bytes, Offset at) {
  std::optional<Rejection> failure;
  const std::shared_ptr<File> file = file_;
  reactor::Offload::Work work = [&] {
    try {
      if (!file->read(bytes, at)) failure = of_fault(Fault::local, "the downloaded file was cut");
    } catch (const Error& error) {
      failure = local_failure(error);
    }
  };
  auto done = pool_.run(std::move(work));
  co_await done;
  co_return failure;
}

BodySink& WholeFile::begin_attempt() {
  queue_.clear();
  written_ = {};
  proven_ = false;
  ended_ = false;
  return arriving_;
}

void WholeFile::receive(std::span<const std::byte> bytes, bool proven) {
  proven_ |= proven;
  received_ += ByteCount{bytes.size()};
  queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  more_.notify_all();
  changed_.notify_all();
}

void WholeFile::end_attempt(bool complete) {
  proven_ |= complete;
  ended_ = true;
  more_.notify_all();
}

reactor::Task<std::optional<Rejection>> WholeFile::write_arriving(std::function<void()> drained) {
  for (;;) {
    while (queue_.empty() && !ended_) {
      auto more = more_.wait();
      co_await more;
    }
    if (queue_.empty()) break;
    const std::vector<std::byte> bytes = std::exchange(queue_, {});
    drained();
    std::optional<Rejection> failure;
    reactor::Offload::Work work = [&] { failure = store(bytes, written_); };
    auto done = pool_.run(std::move(work));
    co_await done;
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
  try {
    if (begins_page(bytes, at)) return of_fault(Fault::page_not_file);
    const std::size_t known = at < arrived_ ? std::min((arrived_ - at).value, std::uint64_t{bytes.size()}) : 0;
    if (known > 0) {
      std::vector<std::byte> before(known);
      const bool same = file_->read(before, at) && std::memcmp(before.data(), bytes.data(), known) == 0;
      if (!same) return of_fault(Fault::changed, "a repeated download has other bytes");
    }
    if (known < bytes.size()) file_->write(bytes.subspan(known), at + ByteCount{known});
    return std::nullopt;
  } catch (const Error& error) {
    return local_failure(error);
  }
}

void WholeFile::fail(Rejection failure) {
  failure_ = std::move(failure);
  changed_.notify_all();
}

}  // namespace rimfs::http
