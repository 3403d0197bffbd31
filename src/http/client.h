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
#include "http/origin_memory.h"
#include "http/progress_credit.h"
#include "http/slot.h"
#include "http/transport.h"
#include "http/whole_file.h"
#include "observe/snapshot.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::http {

/// The state that a file with several addresses keeps between probes. Reactor only.
struct MirrorMemory {
  explicit MirrorMemory(std::size_t count) : mirrors(count) {}

  Mirrors mirrors;
  std::optional<Identity> last;  ///< The last known identity of the file.
  std::size_t last_from = 0;     ///< The index of the address that reported it.
};

/// Requests ranges and documents from servers: checks replies, follows redirects and keeps credentials from other
/// origins, renews logins, and retries failures that may pass. Its transport carries the requests. Reactor only, except
/// host_of(const Address&).
class Client {
 public:
  /// `loop`, `transport` and `log` outlive the client. `jitter` randomises the waits before retries.
  Client(reactor::EventLoop& loop, Transport& transport, const Options& options, Log& log, Jitter jitter = Jitter());
  /// Every request must have ended: call cancel_all(), then wait for the tasks that sent requests.
  ~Client();

  const Options& options() const { return options_; }

  /// The state of the server for `address`: of its redirect target, once that is known. Made at the first call; it
  /// lives as long as the client. Any thread that may read the address.
  Host& host_of(const Address& address) { return host_at(address, address.current()); }
  /// The server for the next request for `resource`, which is that of the current mirror. The resource stores it.
  /// Reactor only.
  Host& host_of(Resource& resource);

  /// Requests `range` of `resource` once and passes the body of a checked reply to `sink` as it arrives. Never throws
  /// for a failure of a server; the outcome reports it. Follows a redirect and remembers its target; when a remembered
  /// target fails, requests the original address. A file that is served only as a whole is downloaded, and the range is
  /// read from there. `slot` moves to each server that is used; replies are recorded there.
  /// `progress` observes the request. `own_connection`: the request does not share a connection with other requests.
  reactor::Task<Outcome> get_range(Resource& resource, ByteRange range, BodySink& sink, Progress& progress,
                                   bool own_connection, Slot& slot);

  /// Sets where files are downloaded that a server sends only as a whole; without it their ranges are refused. Call it
  /// before the first request.
  void keep_downloads_in(DownloadPlace place);

  /// Gives the local copy of such a file back, because all of it is kept elsewhere. Reactor only.
  void release_copy(Resource& resource);

  /// Cancels the request that `progress` observes; it ends soon with ErrorKind::cancelled. May be called from its sink.
  void cancel(Progress& progress);

  /// Determines the identity of the file at `address` with a GET of its first byte. HEAD is refused by many servers and
  /// by presigned URLs, and carries no information about ranges. Retries failures that may pass, until the deadline.
  /// Throws Error.
  reactor::Task<Identity> probe(Address& address);

  /// The reply of one of several addresses.
  struct Probed {
    Probed(std::size_t number, Identity what) : which(number), identity(std::move(what)) {}

    std::size_t which;
    Identity identity;
    std::vector<std::size_t> failed;  ///< The other addresses that were tried and failed.
  };
  /// Probes the addresses of one file one after the other until one replies. ProbePlan determines the order;
  /// MirrorMemory keeps the earlier results. A different version on a mirror is accepted only when no other address
  /// contradicts it. Throws the Error of the address with the lowest index. `addresses` and `memory` outlive the task.
  reactor::Task<Probed> probe(std::span<Address> addresses, MirrorMemory& memory);

  /// A whole reply, of any status that `request.check` accepts.
  struct Document {
    Document() = default;
    std::string url;  ///< The URL of the document, after redirects.
    ReplyHead head;
    Body body;
  };

  /// Reports the metrics of each server. Any thread.
  void report(observe::Snapshot& into) const;

  /// Sends `request`, which must not have a range, and returns the whole body. Retries failures that may pass. Throws
  /// Error.
  reactor::Task<Document> fetch_document(Address& address, Request request);

  /// The loop calls `on_free_slot` when a server may receive one more request than before.
  void set_on_free_slot(std::function<void()> on_free_slot) { on_free_slot_ = std::move(on_free_slot); }

  /// The jitter for all retries. Reactor only.
  Jitter& jitter() { return jitter_; }

  /// The log for failed requests, limited to a few a minute. Reactor only.
  FailureLog& failures() { return failures_; }

  /// The time until which waiters for documents of a server may wait, because documents arrive at the minimum rate.
  /// `origin` is that of the requested address, also after a redirect. Reactor only.
  ProgressCredit::Time documents_extend_until(const std::string& origin) const;

  /// Ends every request in flight with ErrorKind::cancelled, and each later one at once.
  void cancel_all();

  /// Waits for tasks that no other task awaits: renewals of logins. Call it after cancel_all(). Reactor only.
  reactor::Task<> close();

 private:
  class Retries;

  /// How a range is requested. A value.
  struct RangeForm {
    ByteRange range;
    bool own_connection;
    std::optional<std::string> if_range;
    bool new_connection;
    std::optional<std::chrono::milliseconds> time_limit;
  };
  reactor::Task<Outcome> request_range(Resource& resource, const RangeForm& form, BodySink& sink, Progress& progress,
                                       Slot& slot);
  reactor::Task<> explain_change(Resource& resource, ByteRange range, Rejection& change, Slot& slot);
  void wake_readers();
  std::shared_ptr<WholeFile> whole_file_of(Resource& resource);
  std::shared_ptr<WholeFile> running_copy_of(Resource& resource) const;
  ByteCount reserved_beside(const WholeFile& own) const;
  reactor::Task<> let_go(std::shared_ptr<WholeFile> file);
  static std::string story_of(WholeFile& file, const Rejection& failure);
  reactor::Task<Outcome> read_whole_file(Resource& resource, ByteRange range, BodySink& sink, Progress& progress,
                                         Slot& slot);
  reactor::Task<> download(std::shared_ptr<WholeFile> file);
  reactor::Task<Outcome> download_once(const std::shared_ptr<WholeFile>& file);
  reactor::Task<> receive_whole(WholeFile& file, const Request& request, BodySink& sink, Outcome& outcome);
  void report_failure(const Address& address, const Rejection& failure, bool same_address);
  reactor::Task<> pause(std::chrono::milliseconds delay);
  reactor::Task<Outcome> request_identity(Address& address, std::chrono::milliseconds limit,
                                          std::optional<Identity>& identity, std::optional<Identity>& whole);
  Host& host_at(const Address& address, const std::string& url);
  reactor::Task<Outcome> follow(Address& address, const Request& request, BodySink& sink, Slot& slot);
  reactor::Task<Outcome> follow_in_turn(Address& address, const Request& request, BodySink& sink);
  reactor::Task<> renew_old(std::shared_ptr<Login> login);
  reactor::Task<> renew_aside(std::shared_ptr<Login> login);
  reactor::Task<bool> renewed(Login& login, std::uint64_t refused, Outcome& outcome);
  reactor::Task<Outcome> follow_redirects(Address& address, const Request& request, BodySink& sink, Slot& slot);
  reactor::Task<Outcome> ask(const Address& address, bool at_given, const Request& request, BodySink& sink, Host& host,
                             reactor::EventLoop::Clock::time_point begun);
  reactor::Task<Outcome> exchange(const Address& address, bool at_given, const Request& request, BodySink& sink,
                                  Host& host, reactor::EventLoop::Clock::time_point begun);
  std::chrono::milliseconds since(reactor::EventLoop::Clock::time_point begun) const;
  void post_free_slot();

  // Constant after construction.
  reactor::EventLoop& loop_;
  Transport& transport_;
  const Options options_;
  const std::shared_ptr<TotalSlots> total_;
  Log& log_;

  // Reactor only.
  Jitter jitter_;
  FailureLog failures_;
  OriginMemory origins_;
  bool cancelled_ = false;
  std::function<void()> on_free_slot_;
  std::map<std::string, ProgressCredit> documents_;  // by the origin of their address
  bool free_slot_posted_ = false;                    // a call of on_free_slot_ is posted
  std::multiset<Login*> renewing_;                   // one entry for each task that waits for a renewal
  reactor::TaskScope renewals_;                      // renewals that run beside the requests
  std::optional<DownloadPlace> downloads_place_;
  std::vector<std::weak_ptr<WholeFile>> whole_files_;
  reactor::TaskScope downloads_;

  mutable Mutex hosts_mutex_;
  std::map<std::string, std::unique_ptr<Host>> hosts_ RIMFS_GUARDED_BY(hosts_mutex_);
};

}  // namespace rimfs::http
