// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "base/log.h"
#include "base/thread_safety.h"
#include "http/backoff.h"
#include "http/body.h"
#include "http/failure_log.h"
#include "http/host.h"
#include "http/mirrors.h"
#include "http/progress_credit.h"
#include "http/slot.h"
#include "http/transport.h"
#include "observe/snapshot.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::http {

/// What is remembered of a file with several addresses from one probe to the next. Reactor only.
struct MirrorMemory {
  explicit MirrorMemory(std::size_t count) : mirrors(count) {}

  Mirrors mirrors;
  std::optional<Identity> last;  ///< What the file was so far,
  std::size_t last_from = 0;     ///< and which address said so.
};

/// Asks servers for ranges and documents: checks replies, follows redirects and keeps credentials from other origins,
/// renews logins, asks again what may pass. Its transport carries the requests. Reactor only, but for host_of().
class Client {
 public:
  /// `loop`, `transport` and `log` outlive the client. `jitter`: of the waits before requests are repeated.
  Client(reactor::EventLoop& loop, Transport& transport, const Options& options, Log& log, Jitter jitter = Jitter());
  /// Every request must have ended: cancel_all(), then wait for who sent them.
  ~Client();

  const Options& options() const { return options_; }

  /// What is known of the server that is asked for `address`: where it redirected to, once that is known. Made when it
  /// is first asked for; lives as long as the client. Any thread that may read the address.
  Host& host_of(const Address& address) { return host_at(address, address.current()); }
  /// The server that the next request for `resource` goes to: that of the mirror to ask now. The resource remembers it.
  /// Reactor only.
  Host& host_of(Resource& resource);

  /// Asks once for `range` of `resource`, hands the body of a checked reply to `sink` as it arrives. Never throws
  /// for what a server does: the outcome says it. A redirect is followed and remembered; when what was
  /// remembered fails, the original address is asked. `slot` moves to each server that is asked; replies count there.
  /// `progress` watches it. `own_connection`: not on one that other requests share.
  reactor::Task<Outcome> get_range(Resource& resource, ByteRange range, BodySink& sink, Progress& progress,
                                   bool own_connection, Slot& slot);

  /// Ends the request that `progress` watches with ErrorKind::cancelled, soon. May be called from its sink.
  void cancel(Progress& progress);

  /// Asks what the file at `address` is, with a GET of its first byte: HEAD is refused by many servers and by
  /// presigned URLs, and says nothing of ranges. Retries what may pass, until the deadline. Throws Error.
  reactor::Task<Identity> probe(Address& address);

  /// The answer of one of several addresses.
  struct Probed {
    Probed(std::size_t number, Identity what) : which(number), identity(std::move(what)) {}

    std::size_t which;
    Identity identity;
    std::vector<std::size_t> failed;  ///< Those that were asked, too, and did not answer.
  };
  /// Asks several addresses of one file, one after the other, until one answers: ProbePlan says which, MirrorMemory
  /// what the last ones did. That a mirror has another version than the file had is believed only when no other address
  /// contradicts it. Throws the Error of the first address. `addresses` and `memory` outlive the task.
  reactor::Task<Probed> probe(std::span<Address> addresses, MirrorMemory& memory);

  /// A whole reply, of any status that `request.check` lets pass.
  struct Document {
    Document() = default;
    std::string url;  ///< Where it came from, after redirects.
    ReplyHead head;
    Body body;
  };

  /// Reports the metrics of each server. Any thread.
  void report(observe::Snapshot& into) const;

  /// Sends `request`, which must have no range, and takes the whole body. Retries what may pass. Throws Error.
  reactor::Task<Document> fetch_document(Address& address, Request request);

  /// `on_room` is called from the loop when a server may get one more request than before.
  void when_there_is_room(std::function<void()> on_room) { on_room_ = std::move(on_room); }

  /// For everything that is repeated. Reactor only.
  Jitter& jitter() { return jitter_; }

  /// Where failed requests are logged, a few a minute. Reactor only.
  FailureLog& failures() { return failures_; }

  /// Until when documents that arrive at the minimum rate let whoever asked that server for them wait. `origin`: of the
  /// address that was asked, whatever it redirects to. Reactor only.
  ProgressCredit::Time documents_extend_until(const std::string& origin) const;

  /// Ends every request under way with ErrorKind::cancelled, and each later one at once.
  void cancel_all();

  /// Waits for what nobody else waits for: renewals of logins. After cancel_all(). Reactor only.
  reactor::Task<> close();

 private:
  class Retries;

  void tell_of_failure(const Address& address, const Rejection& failure, bool same_again);
  reactor::Task<> pause(std::chrono::milliseconds delay);
  reactor::Task<Outcome> ask_identity(Address& address, std::chrono::milliseconds limit,
                                      std::optional<Identity>& identity);
  Host& host_at(const Address& address, const std::string& url);
  reactor::Task<Outcome> follow(Address& address, const Request& request, BodySink& sink, Slot& slot);
  reactor::Task<Outcome> follow_in_turn(Address& address, const Request& request, BodySink& sink);
  reactor::Task<> renew_old(std::shared_ptr<Login> login);
  reactor::Task<> renew_aside(std::shared_ptr<Login> login);
  reactor::Task<bool> renewed(Login& login, std::uint64_t refused, Outcome& outcome);
  reactor::Task<Outcome> follow_redirects(Address& address, const Request& request, BodySink& sink, Slot& slot);
  reactor::Task<Outcome> ask(const Address& address, bool at_origin, const Request& request, BodySink& sink, Host& host,
                             reactor::EventLoop::Clock::time_point begun);
  std::chrono::milliseconds since(reactor::EventLoop::Clock::time_point begun) const;
  void look_for_work_soon();

  // Constant after construction.
  reactor::EventLoop& loop_;
  Transport& transport_;
  const Options options_;
  const std::shared_ptr<TotalSlots> total_;
  Log& log_;

  // Reactor only.
  Jitter jitter_;
  FailureLog failures_;
  bool cancelled_ = false;
  std::function<void()> on_room_;
  std::map<std::string, ProgressCredit> documents_;  // by the origin of their address
  bool looking_ = false;                             // on_room_ is going to be called
  std::multiset<Login*> renewing_;                   // each once for everybody who waits for it
  reactor::TaskScope renewals_;                      // beside the requests

  mutable Mutex hosts_mutex_;
  std::map<std::string, std::unique_ptr<Host>> hosts_ RIMFS_GUARDED_BY(hosts_mutex_);
};

}  // namespace rimfs::http
