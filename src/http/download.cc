// SPDX-License-Identifier: MIT
// Ranges of files that the server sends only as a whole: whole_file.h.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "http/backoff.h"
#include "http/client.h"
#include "http/whole_file.h"

namespace rimfs::http {
namespace {

/// The bytes that are read from the local file at once.
constexpr ByteCount kPiece = 256_KiB;

}  // namespace

void Client::keep_downloads_in(DownloadPlace place) { downloads_place_.emplace(std::move(place)); }

/// The copy of the resource's file, whose download goes on or begins again. Null when there is no place for it.
std::shared_ptr<WholeFile> Client::whole_file_of(Resource& resource) {
  std::shared_ptr<WholeFile> file = resource.whole_file();
  if (!file) {
    file = running_copy_of(resource);
    resource.set_whole_file(file);
  }
  const bool stopped = file && file->failure();
  if (file && (!stopped || file->failure()->kind == ErrorKind::changed)) return file;
  if (!downloads_place_) return nullptr;
  if (stopped) {
    file->restart();
  } else {
    file =
        std::make_shared<WholeFile>(loop_, downloads_place_->pool, resource.address(loop_.now()), *resource.identity());
    log_.info("{}: the server does not serve ranges: downloading all {} bytes", resource.shown_url(),
              file->identity().size.value);
    resource.set_whole_file(file);
    std::erase_if(whole_files_, [](const auto& one) { return one.expired(); });
    whole_files_.push_back(file);
  }
  downloads_.spawn(download(file));
  return file;
}

/// The copy that another resource has of the same version of the file, such as another member of one archive. Null when
/// there is none.
std::shared_ptr<WholeFile> Client::running_copy_of(Resource& resource) const {
  const Address& address = resource.address(loop_.now());
  for (const auto& one : whole_files_) {
    std::shared_ptr<WholeFile> file = one.lock();
    if (!file || file->failure() || file->address().id().request != address.id().request) continue;
    const Identity& identity = file->identity();
    if (identity.size == resource.identity()->size && identity.is_kept_as(*resource.identity())) return file;
  }
  return nullptr;
}

/// What the running downloads but this one still need in the folder.
ByteCount Client::reserved_beside(const WholeFile& own) const {
  ByteCount bytes;
  for (const auto& one : whole_files_) {
    const std::shared_ptr<WholeFile> file = one.lock();
    if (!file || file.get() == &own || file->failure()) continue;
    bytes += Offset{file->identity().size.value} - file->arrived();
  }
  return bytes;
}

/// Readers that wait look whether they were given up. For cancel() and cancel_all(): such readers have no exchange.
void Client::wake_readers() {
  for (const auto& one : whole_files_) {
    if (const std::shared_ptr<WholeFile> file = one.lock()) file->changed().notify_all();
  }
}

/// Closes the local file if nobody else has the copy.
reactor::Task<> Client::let_go(std::shared_ptr<WholeFile> file) {
  if (file.use_count() == 1) {
    co_await file->close();
  }
}

void Client::release_copy(Resource& resource) {
  std::shared_ptr<WholeFile> file = resource.whole_file();
  if (!file) return;
  resource.set_whole_file(nullptr);
  downloads_.spawn(let_go(std::move(file)));
}

/// Holds no slot: it may wait for as long as the download takes, and others need the server meanwhile.
reactor::Task<Outcome> Client::read_whole_file(Resource& resource, ByteRange range, BodySink& sink, Progress& progress,
                                               Slot& slot) {
  slot.release();
  Outcome outcome;
  std::shared_ptr<WholeFile> file = cancelled_ ? nullptr : whole_file_of(resource);
  if (!file) {
    outcome.failure = cancelled_ ? kGivenUp : of_fault(Fault::no_place);
    co_return outcome;
  }
  std::vector<std::byte> piece(std::min(kPiece, range.size()).value);
  Offset at = range.begin;
  while (!outcome.failure && at < range.end) {
    if (progress.given_up() || cancelled_) {
      outcome.failure = kGivenUp;
    } else if (file->arrived() > at) {
      const Offset end = std::min({range.end, file->arrived(), at + ByteCount{piece.size()}});
      const std::span<std::byte> bytes = std::span(piece).first((end - at).value);
      outcome.failure = co_await file->read(bytes, at);
      if (outcome.failure || progress.given_up()) continue;
      outcome.body += end - at;
      at = end;
      sink.write(bytes);
    } else if (file->failure()) {
      outcome.failure = file->failure();
    } else {
      auto changed = file->changed().wait();
      co_await changed;
    }
  }
  co_await let_go(std::move(file));
  co_return outcome;
}

/// Downloads the file until all of it is here, nobody needs it any more, or a failure is not worth another attempt.
reactor::Task<> Client::download(std::shared_ptr<WholeFile> file) {
  Backoff backoff(std::chrono::duration_cast<RetryPolicy::Duration>(options_.retry_deadline), jitter_);
  Outcome outcome;
  outcome.failure = co_await file->open(downloads_place_->folder, reserved_beside(*file));
  while (!outcome.failure && file->arrived().value < file->identity().size.value) {
    const Offset before = file->arrived();
    outcome = co_await download_once(file);
    if (!outcome.failure) break;
    backoff.progressed(file->arrived() - before);  // bytes that came again are no progress
    auto delay = backoff.after(*outcome.failure, outcome.head.retry_after, loop_.now());
    if (!delay || cancelled_ || file.use_count() == 1) break;
    failures_.retrying(file->address().origin(), *outcome.failure,
                       story_of(*file, *outcome.failure) + "; beginning again");
    co_await loop_.sleep(*delay);
    if (file.use_count() == 1) break;
    outcome.failure.reset();
  }
  if (outcome.failure) {
    const Rejection& failure = *outcome.failure;
    if (failure.kind != ErrorKind::cancelled) {
      failures_.ended(file->address().origin(), failure, story_of(*file, failure));
    }
    file->fail(failure);
  }
  co_await let_go(std::move(file));
}

std::string Client::story_of(WholeFile& file, const Rejection& failure) {
  return fmt::format("{}: the download of the whole file has stopped at {} of {} bytes: {}", file.address().shown(),
                     file.arrived().value, file.identity().size.value, failure.reason);
}

/// Makes one attempt, from the first byte on.
reactor::Task<Outcome> Client::download_once(const std::shared_ptr<WholeFile>& file) {
  const Identity& identity = file->identity();
  const ByteRange whole{Offset{0}, Offset{identity.size.value}};
  const Situation situation{true, file->address().server_kind(), false, false};
  Request request([&](const ReplyHead& head) { return check_range_reply(head, whole, identity, situation); });
  request.most = identity.size;
  request.http1 = true;
  BodySink& sink = file->begin_attempt();
  request.progress = &file->progress();
  Outcome outcome;
  reactor::TaskScope sending;
  sending.spawn(receive_whole(*file, request, sink, outcome));
  std::function<void()> drained = [this, &file] {
    if (file.use_count() == 1) cancel(file->progress());
    transport_.resume_paused();
  };
  std::optional<Rejection> unusable = co_await file->write_arriving(std::move(drained));
  if (unusable) cancel(file->progress());
  auto sent = sending.joined();
  co_await sent;
  // The sender may have failed first, and then its reason is the cause.
  const bool by_itself = outcome.failure && outcome.failure->kind != ErrorKind::cancelled;
  if (unusable && !by_itself) outcome.failure = std::move(unusable);
  if (!outcome.failure && file->arrived() != whole.end) outcome.failure = of_fault(Fault::short_body);
  co_return outcome;
}

reactor::Task<> Client::receive_whole(WholeFile& file, const Request& request, BodySink& sink, Outcome& outcome) {
  try {
    outcome = co_await follow_in_turn(file.address(), request, sink);
  } catch (const std::exception& problem) {
    outcome.failure = of_fault(Fault::local, problem.what());
  }
  file.end_attempt(!outcome.failure);
}

}  // namespace rimfs::http
