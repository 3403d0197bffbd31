// SPDX-License-Identifier: MIT
// Requests that wait for the network while no FUSE worker waits with them.
//
// A worker parks a request in a table and takes the next one. Exactly one of four ends answers the request, and the one
// that removes it from the table does so:
//   - its result: a completion on the reactor claims it.
//   - the end of its caller: EINTR.
//   - its deadline: ETIMEDOUT. For lookups, listings and opens only; fetch/read_deadlines.h ends reads.
//   - the end of the mount: close() answers ENOTCONN.
//
// libfuse's rules: an interrupt handler receives a plain pointer and may run while another thread answers, and the
// answer frees the request. Therefore the pointer is a number that is looked up in the table, and only the thread that
// removed a request from it uses the request.
//
// The kernel's rules: it interrupts a request once, for whatever wakes its caller, including io_uring's work and caught
// signals. Then it waits for the answer, even for a killed caller. A read of a local file ends only with its caller,
// and programs expect that. Therefore the caller's signals are examined when the interrupt arrives, and again at
// intervals until the answer (fs/caller.h).
//
// A completion may run after the session has ended. It shares ownership of the table, gets an empty Claim, and returns.
// While a Claim is held, close() waits, so the session is alive.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/thread_safety.h"
#include "fs/fuse.h"
#include "reactor/event_loop.h"

namespace rimfs::image {
class Image;
class Read;
}  // namespace rimfs::image

namespace rimfs::fs {

/// The table of parked requests. Shared by the session and by every completion. Any thread, except where a member's
/// comment names another. Each request is answered exactly once: through its Claim, by the end of its caller, by its
/// deadline, or by close().
class Parked : public std::enable_shared_from_this<Parked> {
 public:
  using Id = std::uint64_t;

  /// The right and the duty to answer one request. Empty when the request has been answered already. The session and
  /// all it owns stay alive while a non-empty Claim exists, so keep it short.
  class Claim {
   public:
    Claim() = default;
    Claim(Claim&& other) noexcept
        : parked_(std::exchange(other.parked_, nullptr)), request_(std::exchange(other.request_, nullptr)) {}
    Claim& operator=(Claim&&) = delete;
    ~Claim();

    explicit operator bool() const { return request_ != nullptr; }
    fuse_req_t request() const { return request_; }

   private:
    friend class Parked;
    Claim(Parked* parked, fuse_req_t request) : parked_(parked), request_(request) {}
    Parked* parked_ = nullptr;
    fuse_req_t request_ = nullptr;
  };

  /// How long requests may wait. A read has no deadline here: the fetcher ends it.
  struct Limit {
    std::chrono::milliseconds deadline;
    /// Until when bytes that arrive from a server extend the deadline of the requests that wait for that server. Called
    /// on the loop's thread.
    std::function<reactor::EventLoop::Clock::time_point(const std::string& server)> extended;
  };

  /// Callers and deadlines are checked on `loop`, which runs as long as the session.
  Parked(reactor::EventLoop& loop, Limit limit) : loop_(loop), limit_(std::move(limit)) {}

  /// The id for add() of a read that is about to be parked.
  Id next_id() { return next_.fetch_add(1, std::memory_order_relaxed); }
  /// Parks a read, which `image` is about to fetch, on a FUSE worker. The end of its caller or of the mount cancels the
  /// read. False when the caller is ending already: then the request has been answered and must not be used.
  bool add(Id id, fuse_req_t request, std::shared_ptr<image::Image> image, std::shared_ptr<image::Read> read) {
    return park(id, {.request = request, .image = std::move(image), .read = std::move(read)});
  }
  /// What a parked request other than a read does.
  struct Operation {
    std::string doing;            ///< The operation in one word, for the log.
    std::string file;             ///< The name of the file or folder.
    std::string server;           ///< The origin of the server that must reply.
    const void* where = nullptr;  ///< The folder of a lookup; only its address is compared.
  };
  /// Parks any other request, which has the limit's deadline. Returns 0 when the caller is ending already.
  Id add(fuse_req_t request, std::shared_ptr<image::Image> image, Operation operation);

  /// Notes that a lookup of `file` in the folder `where` has failed: for a second, the same lookup fails at once. The
  /// kernel repeats a lookup after a failed revalidation, and its caller would wait for a second deadline.
  void note_failure(const void* where, const std::string& file, const Error& error);
  std::optional<Error> just_failed(const void* where, const std::string& file);

  /// Removes the request from the table, in order to answer it.
  Claim claim(Id id);

  /// Answers all parked requests with ENOTCONN, cancels the reads, and returns when no Claim is left. Called once,
  /// after the last worker has ended.
  void close();

  /// The number of parked requests, for status.
  std::size_t waiting() const;

 private:
  struct Limited {
    Operation operation;
    reactor::EventLoop::Clock::time_point due;
  };
  struct Failed {
    const void* where;
    std::string file;
    Error error;
    reactor::EventLoop::Clock::time_point until;
  };
  struct Entry {
    fuse_req_t request = nullptr;
    std::shared_ptr<image::Image> image;
    std::shared_ptr<image::Read> read{};  // null when the request is no read
    pid_t caller = 0;                     // the thread id of the caller
    bool armed = false;                   // true when the interrupt handler may answer
    bool interrupted = false;
    std::optional<Limited> limited{};  // set when it has a deadline here
  };
  struct Interrupted {
    Id id;
    pid_t caller;
  };
  struct PastDue {
    Id id;
    std::string server;
  };
  bool park(Id id, Entry entry);
  static void cancel_read(Entry& entry);
  void watch_deadlines();
  void end_late();
  void end_late(Id id);
  bool find_past_due(std::vector<PastDue>& past_due);
  static void on_interrupt(fuse_req_t request, void* id);
  void interrupt(Id id);
  bool arm(Id id);
  bool end_with_caller(const Interrupted& request);
  void watch();
  void check_interrupted();
  std::vector<Interrupted> interrupted_requests();
  Claim claim(Id id, Entry& entry);
  void release();

  reactor::EventLoop& loop_;
  const Limit limit_;

  std::atomic<Id> next_{1};

  mutable Mutex mutex_;  // innermost except for libfuse's own locks; no function is called while it is held
  std::condition_variable_any no_claims_;
  std::size_t claims_ RIMFS_GUARDED_BY(mutex_) = 0;
  std::unordered_map<Id, Entry> entries_ RIMFS_GUARDED_BY(mutex_);
  std::vector<Failed> failed_ RIMFS_GUARDED_BY(mutex_);       // of the last second, the oldest first
  bool watching_ RIMFS_GUARDED_BY(mutex_) = false;            // true when check_interrupted() is scheduled
  bool watching_deadlines_ RIMFS_GUARDED_BY(mutex_) = false;  // true when end_late() is scheduled
};

}  // namespace rimfs::fs
