// SPDX-License-Identifier: MIT
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

/// The requests that wait for their answer while no worker waits with them. Each is answered by exactly one
/// of: whoever holds its Claim, the end of its caller (EINTR), its deadline (ETIMEDOUT), or close(). Shared by the
/// session and by every completion, because a completion may come after the session's end; it then gets an empty Claim
/// and touches nothing. Any thread, except where a function says so.
///
/// libfuse's rules behind this: an interrupt handler gets a plain pointer and may run while another thread is
/// answering, and a request is freed by its answer. So the pointer is a number that is looked up here, and no
/// request is used but by the one that took it out of the table.
///
/// The kernel's rules: it interrupts a request once, for whatever wakes its caller, io_uring's work and caught signals
/// included, and then waits for the answer even of a killed caller. No local file ends a read for less than the
/// caller's end, and programs do not expect it: so the caller is looked at when the interrupt comes, and from then on
/// again and again until the answer.
class Parked : public std::enable_shared_from_this<Parked> {
 public:
  using Id = std::uint64_t;

  /// The right and the duty to answer one request; empty when another has answered it already. The session
  /// and all it owns stay alive while a Claim that is not empty exists: keep it short.
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

  /// How long requests may wait. The deadline of a read is its image's, which knows what arrives for it.
  struct Limit {
    std::chrono::milliseconds deadline;
    /// Until when what arrives from a server extends it for those who wait for that server. Called on the loop's
    /// thread.
    std::function<reactor::EventLoop::Clock::time_point(const std::string& server)> extended;
  };

  /// Callers are looked at on `loop`, which runs as long as the session does.
  Parked(reactor::EventLoop& loop, Limit limit) : loop_(loop), limit_(std::move(limit)) {}

  /// For add(): the id of a request that is about to be parked.
  Id next_id() { return next_.fetch_add(1, std::memory_order_relaxed); }
  /// A FUSE worker parks its read, which `image` is about to fetch. The end of its caller, or of the mount, cancels it.
  /// False when the caller is ending already: then the request is answered and must not be touched.
  bool add(Id id, fuse_req_t request, std::shared_ptr<image::Image> image, std::shared_ptr<image::Read> read) {
    return park(id, {.request = request, .image = std::move(image), .read = std::move(read)});
  }
  /// What a request asks for that is no read.
  struct Operation {
    std::string doing;            ///< One word, for the log,
    std::string file;             ///< and of what.
    std::string server;           ///< The origin of the server that is asked.
    const void* where = nullptr;  ///< The folder of a lookup, only to tell it from others.
  };
  /// The same for any other request, which has the deadline of the limit. Returns 0 when the caller is ending already.
  Id add(fuse_req_t request, std::shared_ptr<image::Image> image, Operation operation);

  /// A lookup of `file` in the folder `where` failed: for a second, the same one fails at once. The kernel looks a name
  /// up a second time when it could not be revalidated, and its caller would wait for a second deadline.
  void note_failure(const void* where, const std::string& file, const Error& error);
  std::optional<Error> just_failed(const void* where, const std::string& file);

  /// Takes the request out, to answer it.
  Claim claim(Id id);

  /// Answers all that still wait with ENOTCONN, cancels the reads, and returns when no Claim is left. Called once, when
  /// no worker runs any more.
  void close();

  /// How many requests wait: a gauge for status.
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
    std::shared_ptr<image::Read> read{};  // null: it is no read
    pid_t caller = 0;                     // a thread
    bool armed = false;                   // the interrupt handler may answer
    bool interrupted = false;
    std::optional<Limited> limited{};  // when it has a deadline here
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
  void look_again();
  std::vector<Interrupted> interrupted_or_rest();
  Claim claim(Id id, Entry& entry);
  void release();

  reactor::EventLoop& loop_;
  const Limit limit_;

  std::atomic<Id> next_{1};

  mutable Mutex mutex_;  // innermost but for libfuse's own; nothing is called while it is held
  std::condition_variable_any no_claims_;
  std::size_t claims_ RIMFS_GUARDED_BY(mutex_) = 0;
  std::unordered_map<Id, Entry> entries_ RIMFS_GUARDED_BY(mutex_);
  std::vector<Failed> failed_ RIMFS_GUARDED_BY(mutex_);       // of the last second, the oldest first
  bool watching_ RIMFS_GUARDED_BY(mutex_) = false;            // look_again() will run
  bool watching_deadlines_ RIMFS_GUARDED_BY(mutex_) = false;  // end_late() will run
};

}  // namespace rimfs::fs
