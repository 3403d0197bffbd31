// SPDX-License-Identifier: MIT
// How long a read waits: until its deadline, counted from the kernel's request, whatever it waits for. Only progress at
// the minimum rate extends it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fetch/fetcher.h"

namespace rimfs::fetch {
namespace {

/// How often to look; a read ends so much after its deadline.
constexpr std::chrono::milliseconds kLook{100};

}  // namespace

/// Without retries (`--retry-deadline 0`) a read still has the time that one attempt may take.
reactor::EventLoop::Clock::duration Fetcher::read_deadline() const {
  const http::Options& options = client_.options();
  return options.retry_deadline.count() > 0 ? options.retry_deadline : options.stall_timeout;
}

void Fetcher::watch_deadlines() {
  if (deadline_timer_ != 0 || waiting_.empty() || closed_) return;
  deadline_timer_ = loop_.add_timer(kLook, [this] {
    deadline_timer_ = 0;
    end_late_reads();
    watch_deadlines();
  });
}

void Fetcher::end_late_reads() {
  const auto now = loop_.now();
  for (Running& one : running_) one.request->credit().brought(note_progress(one), now);
  for (auto& [host, server] : servers_) server.credit.brought(std::exchange(server.brought, ByteCount{}), now);
  const auto late =
      waiting_.take_due(now, [this](const RemoteFile& file, ByteRange range) { return extended_until(file, range); });
  for (const WaitingReads::One& one : late) time_out(*one.file, *one.read);
  if (!late.empty()) pump();
}

/// What a request has brought since this was asked last. It counts for its server, too.
ByteCount Fetcher::note_progress(Running& running) {
  const ByteCount left = running.request->unreached();
  const ByteCount brought = std::exchange(running.left, left) - left;
  server_of(*running.request->file()).brought += brought;
  return brought;
}

/// By the requests that bring the range; while none does, by all that keep the server busy.
WaitingReads::Time Fetcher::extended_until(const RemoteFile& file, ByteRange range) const {
  std::optional<WaitingReads::Time> covering;
  for (const Running& one : running_) {
    if (!one.request->brings(file, range)) continue;
    const WaitingReads::Time until = one.request->credit().until();
    covering = std::max(covering.value_or(until), until);
  }
  if (covering) return *covering;
  const auto server = servers_.find(&file.resource().host());
  return server == servers_.end() ? WaitingReads::Time{} : server->second.credit.until();
}

/// Ends the read, and what was asked for on behalf of nobody else: a later read is to ask afresh, not to wait for what
/// hangs.
void Fetcher::time_out(RemoteFile& file, Read& read) {
  const auto seconds = std::chrono::duration<double>(read_deadline()).count();
  std::string why = "the server is busy with other requests";
  ErrorKind kind = ErrorKind::timed_out;
  for (const Running& one : running_) {
    if (!one.request->brings(file, read.range())) continue;
    const std::optional<http::Rejection>& failure = one.request->last_failure();
    why = failure ? failure->reason : "the server has not answered";
    if (failure && failure->kind == ErrorKind::corrupt) kind = ErrorKind::corrupt;
  }
  const Error error(
      kind, fmt::format("{}: bytes {}: gave up after {:.3g} s (--retry-deadline): {}", file.resource().shown_url(),
                        http::range_value(file.in_resource(read.range())), seconds, why));
  failed_.add(file.id(), read.range(), error, loop_.now());
  const ByteRange range = read.range();
  read.answer(error);
  for (Running& one : running_) {
    if (one.request->brings(file, range) && !coverage_.is_awaited(file, one.request->rest())) one.request->abandon();
  }
}

void Fetcher::forget_failures(const RemoteFile& file) {
  loop_.post([this, id = file.id()] { failed_.forget(id); });
}

}  // namespace rimfs::fetch
