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

/// The copy of the resource's file; begins its download when there is none, or when the last one has failed. Throws
/// Error when there is no place for it.
std::shared_ptr<WholeFile> Client::whole_file_of(Resource& resource) {
  std::shared_ptr<WholeFile> file = resource.whole_file();
  if (file && !file->failure()) return file;
  if (!downloads_place_) throw Error(ErrorKind::only_whole, of_fault(Fault::no_ranges).reason);
  file = std::make_shared<WholeFile>(loop_, *downloads_place_, resource.address(loop_.now()), *resource.identity());
  log_.info("{}: the server does not serve ranges: downloading all {} bytes", resource.shown_url(),
            file->identity().size.value);
  resource.set_whole_file(file);
  std::erase_if(whole_files_, [](const auto& one) { return one.expired(); });
  whole_files_.push_back(file);
  downloads_.spawn(download(file));
  return file;
}

/// Readers that wait look whether they were given up.
void Client::wake_readers() {
  for (const auto& one : whole_files_) {
    if (const std::shared_ptr<WholeFile> file = one.lock()) file->changed().notify_all();
  }
}

reactor::Task<Outcome> Client::read_whole_file(Resource& resource, ByteRange range, BodySink& sink,
                                               Progress& progress) {
  Outcome outcome;
  std::shared_ptr<WholeFile> file;
  try {
    if (!cancelled_) file = whole_file_of(resource);
  } catch (const Error& error) {
    outcome.failure = Rejection{error.kind(), false, error.message()};
  }
  if (!file && !outcome.failure) outcome.failure = kGivenUp;
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
  co_return outcome;
}

/// Downloads the file until all of it is here, nobody needs it any more, or a failure is not worth another attempt.
reactor::Task<> Client::download(std::shared_ptr<WholeFile> file) {
  Backoff backoff(std::chrono::duration_cast<RetryPolicy::Duration>(options_.retry_deadline), jitter_);
  for (;;) {
    const Offset before = file->arrived();
    const Outcome outcome = co_await download_once(file);
    if (!outcome.failure) co_return;
    const Rejection& failure = *outcome.failure;
    backoff.progressed(file->arrived() - before);  // bytes that came again are no progress
    auto delay = backoff.after(failure, outcome.head.retry_after, loop_.now());
    if (cancelled_ || file.use_count() == 1) delay.reset();
    const std::string story =
        fmt::format("{}: the download of the whole file has stopped at {} of {} bytes: {}", file->address().shown(),
                    file->arrived().value, file->identity().size.value, failure.reason);
    if (!delay) {
      if (failure.kind != ErrorKind::cancelled) failures_.ended(file->address().origin(), failure, story);
      file->fail(failure);
      co_return;
    }
    failures_.retrying(file->address().origin(), failure, story + "; beginning again");
    co_await loop_.sleep(*delay);
  }
}

/// Makes one attempt, from the first byte on.
reactor::Task<Outcome> Client::download_once(const std::shared_ptr<WholeFile>& file) {
  const Identity& identity = file->identity();
  const ByteRange whole{Offset{0}, Offset{identity.size.value}};
  const Situation situation{true, file->address().server_kind(), false, false};
  Request request([&](const ReplyHead& head) { return check_range_reply(head, whole, identity, situation); });
  request.most = identity.size;
  request.progress = &file->progress();
  BodySink& sink = file->begin_attempt();
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
  if (unusable) outcome.failure = std::move(unusable);
  if (!outcome.failure && file->arrived() != whole.end) outcome.failure = of_fault(Fault::short_body);
  co_return outcome;
}

reactor::Task<> Client::receive_whole(WholeFile& file, const Request& request, BodySink& sink, Outcome& outcome) {
  Slot none;  // the readers' requests hold the slots
  outcome = co_await follow(file.address(), request, sink, none);
  file.end_attempt(!outcome.failure);
}

}  // namespace rimfs::http
