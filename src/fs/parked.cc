// SPDX-License-Identifier: MIT
#include "fs/parked.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>

#include "fs/caller.h"
#include "fs/filesystem.h"
#include "image/image.h"

namespace rimfs::fs {

namespace {

// Short enough that a user does not press Ctrl-C a second time.
constexpr std::chrono::milliseconds kInterruptCheck(200);
// A request ends this much after its deadline. The grace lets the lookup service answer first: it ends by the same
// deadline, and it may have a result, such as the previous listing or the version in the disk cache.
constexpr std::chrono::milliseconds kDeadlineCheck(100);
constexpr std::chrono::milliseconds kGrace(500);
// How long a failed lookup fails again at once, and how many are remembered.
constexpr std::chrono::seconds kRememberFailure(1);
constexpr std::size_t kMostFailed = 256;

}  // namespace

static_assert(sizeof(void*) >= sizeof(Parked::Id), "an id travels through libfuse as a pointer");

Parked::Claim::~Claim() {
  if (request_ != nullptr) parked_->release();
}

Parked::Id Parked::add(fuse_req_t request, std::shared_ptr<image::Image> image, Operation operation) {
  const Id id = next_id();
  const auto due = loop_.now() + limit_.deadline;
  const bool parked =
      park(id, {.request = request, .image = std::move(image), .limited = Limited{std::move(operation), due}});
  return parked ? id : 0;
}

bool Parked::park(Id id, Entry entry) {
  const bool has_deadline = entry.limited.has_value();
  const fuse_req_t request = entry.request;
  const pid_t caller = entry.caller = fuse_req_ctx(request)->pid;
  {
    MutexLock lock(mutex_);
    entries_.emplace(id, std::move(entry));
  }
  if (has_deadline) watch_deadlines();
  // This calls on_interrupt() itself when the interrupt has arrived already, and uses the request after that. Such an
  // interrupt must not answer: on_interrupt() answers armed requests only.
  fuse_req_interrupt_func(request, &Parked::on_interrupt, reinterpret_cast<void*>(id));
  if (arm(id)) return true;
  if (end_with_caller({id, caller})) return false;
  watch();
  return true;
}

void Parked::cancel_read(Entry& entry) {
  if (entry.read) entry.image->cancel(std::move(entry.read));
}

Parked::Claim Parked::claim(Id id) {
  Entry entry;  // destroyed after the lock, because it may hold the image's last reference
  return claim(id, entry);
}

Parked::Claim Parked::claim(Id id, Entry& entry) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return {};
  entry = std::move(found->second);
  entries_.erase(found);
  ++claims_;
  return {this, entry.request};
}

void Parked::close() {
  std::unordered_map<Id, Entry> left;
  {
    MutexLock lock(mutex_);
    left.swap(entries_);
  }
  for (auto& [id, entry] : left) {
    fuse_reply_err(entry.request, ENOTCONN);
    cancel_read(entry);
  }
  MutexLock lock(mutex_);
  while (claims_ > 0) no_claims_.wait(mutex_);
}

std::size_t Parked::waiting() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

void Parked::on_interrupt(fuse_req_t request, void* id) {
  filesystem_of(request).parked->interrupt(reinterpret_cast<Id>(id));
}

void Parked::interrupt(Id id) {
  Interrupted request{.id = id, .caller = 0};
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    found->second.interrupted = true;
    if (!found->second.armed) return;
    request.caller = found->second.caller;
  }
  if (!end_with_caller(request)) watch();
}

/// False when an interrupt has arrived before.
bool Parked::arm(Id id) {
  MutexLock lock(mutex_);
  Entry& entry = entries_.at(id);  // no other thread removes it before it is armed
  entry.armed = true;
  return !entry.interrupted;
}

/// True when the caller is ending and the request has therefore been answered.
bool Parked::end_with_caller(const Interrupted& request) {
  if (!is_ending(request.caller)) return false;
  Entry entry;
  const Claim mine = claim(request.id, entry);
  if (!mine) return true;
  fuse_reply_err(mine.request(), EINTR);
  cancel_read(entry);
  return true;
}

void Parked::watch() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(watching_, true)) return;
  }
  loop_.post([self = shared_from_this()] { self->check_interrupted(); });
}

// Runs on the loop's thread.
void Parked::check_interrupted() {
  const std::vector<Interrupted> requests = interrupted_requests();
  for (const Interrupted& request : requests) end_with_caller(request);
  if (!requests.empty()) loop_.add_timer(kInterruptCheck, [self = shared_from_this()] { self->check_interrupted(); });
}

/// When none is left, checking stops until the next interrupt.
std::vector<Parked::Interrupted> Parked::interrupted_requests() {
  std::vector<Interrupted> requests;
  MutexLock lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    if (entry.interrupted && entry.armed) requests.push_back({id, entry.caller});
  }
  watching_ = !requests.empty();
  return requests;
}

void Parked::note_failure(const void* where, const std::string& file, const Error& error) {
  const auto now = loop_.now();
  MutexLock lock(mutex_);
  std::erase_if(failed_, [now](const Failed& one) { return one.until <= now; });
  if (failed_.size() >= kMostFailed) failed_.erase(failed_.begin());
  failed_.push_back({where, file, error, now + kRememberFailure});
}

std::optional<Error> Parked::just_failed(const void* where, const std::string& file) {
  const auto now = loop_.now();
  MutexLock lock(mutex_);
  for (const Failed& one : failed_) {
    if (one.where == where && one.file == file && one.until > now) return one.error;
  }
  return std::nullopt;
}

void Parked::watch_deadlines() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(watching_deadlines_, true)) return;
  }
  loop_.post([self = shared_from_this()] { self->end_late(); });
}

// Runs on the loop's thread.
void Parked::end_late() {
  std::vector<PastDue> past_due;
  const bool more = find_past_due(past_due);
  for (const PastDue& one : past_due) {
    if (loop_.now() >= limit_.extended(one.server)) end_late(one.id);
  }
  if (more) loop_.add_timer(kDeadlineCheck, [self = shared_from_this()] { self->end_late(); });
}

void Parked::end_late(Id id) {
  Entry entry;
  const Claim mine = claim(id, entry);
  if (!mine) return;
  const Operation& operation = entry.limited->operation;
  const Error error(ErrorKind::timed_out, fmt::format("the server has not answered within {:.3g} s (--retry-deadline)",
                                                      std::chrono::duration<double>(limit_.deadline).count()));
  if (operation.where) note_failure(operation.where, operation.file, error);
  filesystem_of(mine.request()).errors.reply(mine.request(), operation.doing, operation.file, error);
}

/// False when no request with a deadline is left; then checking stops until the next one is added.
bool Parked::find_past_due(std::vector<PastDue>& past_due) {
  const auto now = loop_.now();
  MutexLock lock(mutex_);
  watching_deadlines_ = false;
  for (const auto& [id, entry] : entries_) {
    if (!entry.limited) continue;
    watching_deadlines_ = true;
    const bool late = entry.armed && entry.limited->due + kGrace <= now;
    if (late) past_due.push_back({id, entry.limited->operation.server});
  }
  return watching_deadlines_;
}

// The notification is sent under the lock, because the thread that waits in close() may destroy this object as soon as
// it wakes.
void Parked::release() {
  MutexLock lock(mutex_);
  if (--claims_ == 0) no_claims_.notify_all();
}

}  // namespace rimfs::fs
