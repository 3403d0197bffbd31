// SPDX-License-Identifier: MIT
// The probe of a file: the reply of the first of its addresses that answers.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "http/client.h"
#include "http/html_sniff.h"
#include "http/probe_plan.h"
#include "http/probe_questions.h"

namespace rimfs::http {
namespace {

/// Keeps the beginning of a body.
class Beginning : public BodySink {
 public:
  void write(std::span<const std::byte> bytes) override {
    const std::size_t wanted = std::min(bytes.size(), kSniffedBytes - text_.size());
    text_.append(reinterpret_cast<const char*>(bytes.data()), wanted);
  }
  void hold(std::span<const std::byte> bytes) override { write(bytes); }
  void keep_held() override {}
  void drop_held() override { text_.clear(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Replaces the failure of a request that reached its time limit: the limit caused it, not the server.
void note_limit(Outcome& outcome, std::chrono::milliseconds limit) {
  if (!outcome.failure || outcome.took < limit || outcome.failure->kind == ErrorKind::cancelled) return;
  const double seconds = std::chrono::duration<double>(limit).count();
  outcome.failure = Rejection{ErrorKind::timed_out, true, fmt::format("no answer within {:.3g} s", seconds)};
}

/// A mirror that contradicts the known identity may be outdated, or may know less than the address that reported the
/// identity.
bool is_doubtful(const MirrorMemory& memory, std::size_t which, const Identity& identity) {
  if (which == 0 || !memory.last) return false;
  if (which == memory.last_from) return !memory.last->same_file(identity);
  return fit_of_mirror(*memory.last, identity) != MirrorFit::same;
}

}  // namespace

reactor::Task<Identity> Client::probe(Address& address) {
  MirrorMemory memory(1);
  const std::span<Address> alone(&address, 1);
  Probed probed = co_await probe(alone, memory);
  co_return std::move(probed.identity);
}

reactor::Task<Client::Probed> Client::probe(std::span<Address> addresses, MirrorMemory& memory) {
  ProbePlan plan(memory.mirrors.in_order(loop_.now()), options_.retry_deadline, options_.stall_timeout, jitter_);
  std::map<std::size_t, Rejection> failures;  // the last failure of each address
  std::optional<std::size_t> failed;          // the address that failed in the last step
  std::optional<Probed> found;
  std::optional<Probed> whole;  // a file that is served, but without ranges
  while (const auto step = plan.next(loop_.now())) {
    Address& address = addresses[step->which];
    if (failed) report_failure(addresses[*failed], failures.at(*failed), *failed == step->which);
    failed.reset();
    co_await pause(step->delay);
    std::optional<Identity> identity;
    std::optional<Identity> only_whole;
    Outcome outcome = co_await request_identity(address, step->limit, identity, only_whole);
    if (only_whole && address.access().whole_file && !whole) whole.emplace(step->which, std::move(*only_whole));
    if (!identity) {
      failed = step->which;
      failures.insert_or_assign(*failed, *outcome.failure);
      memory.mirrors.failed(*failed, loop_.now());
      plan.failed(*outcome.failure, outcome.head.retry_after, outcome.took, loop_.now());
      continue;
    }
    const bool doubtful = !plan.is_last() && is_doubtful(memory, step->which, *identity);
    if (!found || !doubtful) found = Probed(step->which, std::move(*identity));
    if (!doubtful) break;
    plan.set_aside(outcome.took, loop_.now());
  }
  if (!found && whole) {
    failures.erase(whole->which);
    found = std::move(whole);
  }
  if (!found) {
    const auto& [which, failure] = *failures.begin();
    throw Error(failure.kind, fmt::format("{}: {}", addresses[which].shown(), failure.reason));
  }
  for (const auto& [which, failure] : failures) found->failed.push_back(which);
  memory.mirrors.readmit(found->which);
  if (found->which == 0 || is_doubtful(memory, found->which, found->identity) || !memory.last) {
    memory.last = found->identity;
    memory.last_from = found->which;
  }
  co_return std::move(*found);
}

void Client::report_failure(const Address& address, const Rejection& failure, bool same_address) {
  failures_.retrying(address.origin(), failure,
                     fmt::format("{}: {}; {}", address.shown(), failure.reason,
                                 same_address ? "retrying" : "trying another address of the file"));
}

reactor::Task<> Client::pause(std::chrono::milliseconds delay) {
  if (delay.count() == 0) co_return;
  co_await loop_.sleep(delay);
}

/// Asks one address until the file is known or cannot be. Sets `identity` on success; otherwise the outcome has a
/// failure, and `whole` is set if the file can be downloaded. `limit`: for all requests together.
reactor::Task<Outcome> Client::request_identity(Address& address, std::chrono::milliseconds limit,
                                                std::optional<Identity>& identity, std::optional<Identity>& whole) {
  ProbeQuestions questions({false, address.server_kind(), true, false});
  const auto begun = loop_.now();
  for (;;) {
    Request request([&questions](const ReplyHead& head) { return questions.check(head); });
    request.range = questions.range();
    request.head_only = questions.question() == ProbeQuestions::Question::head;
    request.most = ByteCount{1};
    request.time_limit = std::max(limit - since(begun), std::chrono::milliseconds(1));
    Beginning body;
    Outcome outcome = co_await follow_in_turn(address, request, body);
    outcome.took = since(begun);
    note_limit(outcome, limit);
    if (questions.take(outcome, body.text())) continue;
    identity = questions.identity();
    if (!identity) whole = questions.whole();
    co_return outcome;
  }
}

}  // namespace rimfs::http
