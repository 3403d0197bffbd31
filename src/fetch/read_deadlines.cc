// SPDX-License-Identifier: MIT
#include "fetch/read_deadlines.h"

#include <fmt/format.h>

#include <utility>

namespace rimfs::fetch {
namespace {

/// How often to look. A read may end this much after its deadline.
constexpr std::chrono::milliseconds kLook{100};

}  // namespace

ReadDeadlines::ReadDeadlines(reactor::EventLoop& loop, std::chrono::milliseconds length, RunningRequests& running,
                             const Coverage& coverage, FailedRanges& failed, std::function<void()> ended)
    : loop_(loop),
      length_(length),
      running_(running),
      coverage_(coverage),
      failed_(failed),
      ended_(std::move(ended)),
      alarm_(loop, [this] { look(); }) {}

void ReadDeadlines::watch(std::shared_ptr<RemoteFile> file, const std::shared_ptr<Read>& read,
                          WaitingReads::Time since) {
  if (stopped_) return;
  waiting_.add(std::move(file), read, since + length_);
  alarm_.set_after(kLook);
}

void ReadDeadlines::stop() {
  stopped_ = true;
  alarm_.cancel();
}

void ReadDeadlines::look() {
  const auto now = loop_.now();
  running_.note_progress(now);
  const auto late = waiting_.take_due(
      now, [this](const RemoteFile& file, ByteRange range) { return running_.extended_until(file, range); });
  for (const WaitingReads::One& one : late) time_out(*one.file, *one.read);
  if (!late.empty()) ended_();
  if (!stopped_ && !waiting_.empty()) alarm_.set_after(kLook);
}

void ReadDeadlines::time_out(RemoteFile& file, Read& read) {
  const ByteRange range = read.range();
  const Error error = error_of(file, range);
  failed_.add(file.id(), range, error, loop_.now());
  read.answer(error);
  for (RangeRequest* request : running_.requests_for(file, range)) {
    if (!coverage_.is_awaited(file, request->rest())) request->abandon();
  }
}

/// The error names what the read waited for.
Error ReadDeadlines::error_of(const RemoteFile& file, ByteRange range) const {
  std::string why = "the server is busy with other requests";
  ErrorKind kind = ErrorKind::timed_out;
  for (const RangeRequest* request : running_.requests_for(file, range)) {
    const std::optional<http::Rejection>& failure = request->last_failure();
    why = failure ? failure->reason : "the server has not answered";
    if (failure && failure->kind == ErrorKind::corrupt) kind = ErrorKind::corrupt;
  }
  const auto seconds = std::chrono::duration<double>(length_).count();
  return {kind, fmt::format("{}: bytes {}: gave up after {:.3g} s (--retry-deadline): {}", file.resource().shown_url(),
                            http::range_value(file.in_resource(range)), seconds, why)};
}

}  // namespace rimfs::fetch
