// SPDX-License-Identifier: MIT
#include "reactor/event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>

#include <utility>

#include "base/error.h"
#include "reactor/check.h"

namespace rimfs::reactor {
namespace {

/// The number of events taken from the kernel at once. It exceeds the default of 16 connections, so that one call is
/// enough. Further events are taken in the next turn.
constexpr std::size_t kBatch = 64;

/// Longer delays are reduced to this, so that adding one to the current time cannot overflow.
constexpr EventLoop::Clock::duration kLongestDelay = std::chrono::hours(24 * 365);

/// Marks the eventfd in epoll's data. No registration has generation 0.
constexpr std::uint64_t kWakeMark = 0;

std::uint64_t mark_of(int fd, std::uint32_t generation) {
  return (std::uint64_t{generation} << 32) | static_cast<std::uint32_t>(fd);
}

/// Wraps the result of a system call; throws Error{system} when it is negative.
Descriptor descriptor_or_throw(int fd, const char* doing) {
  if (fd < 0) throw system_error(doing, errno);
  return Descriptor(fd);
}

}  // namespace

EventLoop::EventLoop(VirtualTime* time)
    : time_(time),
      epoll_(descriptor_or_throw(epoll_create1(EPOLL_CLOEXEC), "making an epoll descriptor")),
      wake_(descriptor_or_throw(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "making an eventfd")) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeMark;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    throw system_error("watching an eventfd", errno);
  }
}

EventLoop::~EventLoop() {
  require(thread_.load() == std::thread::id(), "a loop is destroyed after run() has returned");
  std::vector<Posted> unrun;  // destroyed after the lock is released: destructors of captures may post
  {
    const MutexLock lock(mutex_);
    unrun.swap(inbox_);
  }
}

bool EventLoop::on_loop_thread() const { return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

void EventLoop::check_thread() const {
  const std::thread::id owner = thread_.load(std::memory_order_relaxed);
  require(owner == std::this_thread::get_id() || owner == std::thread::id(), "called on the loop's thread only");
}

void EventLoop::run() {
  std::thread::id nobody;
  require(thread_.compare_exchange_strong(nobody, std::this_thread::get_id()), "one run() at a time");
  struct Leave {
    std::atomic<std::thread::id>& thread;
    ~Leave() { thread.store(std::thread::id()); }
  } const leave{thread_};
  for (bool stopping = false; !stopping;) {
    if (!wait_and_dispatch()) return;
    timers_.run_due(now());
    stopping = run_inbox();
    resume_waiting();
  }
}

void EventLoop::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake();
}

void EventLoop::post(MoveOnlyFunction f, Where caller) {
  bool was_empty;
  {
    const MutexLock lock(mutex_);
    was_empty = inbox_.empty();
    inbox_.push_back({std::move(f), caller});
  }
  if (was_empty) wake();  // otherwise the thread that found the inbox empty wakes the loop
}

void EventLoop::wake() {
  const std::uint64_t one = 1;
  // Fails only with EAGAIN, when the counter is full; the loop is awake in that case.
  static_cast<void>(!write(wake_.get(), &one, sizeof one));
}

void EventLoop::swallow_wake() {
  std::uint64_t count;
  static_cast<void>(!read(wake_.get(), &count, sizeof count));
}

/// Runs the functions posted so far. Returns true if stop() was called before they were taken from the inbox.
bool EventLoop::run_inbox() {
  std::vector<Posted> posted;
  bool stopping;
  {
    const MutexLock lock(mutex_);
    posted.swap(inbox_);
    stopping = std::exchange(stopping_, false);
  }
  for (Posted& one : posted) {
    steps_.run(one.caller, one.f);
    one.f = MoveOnlyFunction();  // destroys its captures now, not after the remaining functions
  }
  return stopping;
}

void EventLoop::resume_soon(std::coroutine_handle<> waiter, Where caller) {
  check_thread();
  require(static_cast<bool>(waiter), "a coroutine is parked before it is resumed");
  waiting_.push_back({waiter, caller});
}

/// Coroutines that are queued meanwhile are resumed in the next turn, so that descriptors and timers are not starved.
void EventLoop::resume_waiting() {
  const std::vector<Waiting> waiting = std::exchange(waiting_, {});
  for (const Waiting& one : waiting) steps_.run(one.caller, one.waiter);
}

EventLoop::TimerId EventLoop::add_timer(Clock::duration delay, std::function<void()> f, Where caller) {
  check_thread();
  return timers_.add(now() + std::clamp(delay, Clock::duration::zero(), kLongestDelay),
                     [this, f = std::move(f), caller] { steps_.run(caller, f); });
}

void EventLoop::cancel_timer(TimerId timer) {
  check_thread();
  timers_.cancel(timer);
}

/// Adds or modifies, whichever the kernel accepts: closing a watched descriptor removes it from epoll.
bool EventLoop::register_fd(int fd, const Watch& watch, bool known) {
  epoll_event event{};
  event.events = watch.events;
  event.data.u64 = mark_of(fd, watch.generation);
  const int first = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_.get(), first, fd, &event) == 0) return true;
  if (errno != (known ? ENOENT : EEXIST)) return false;
  return epoll_ctl(epoll_.get(), known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0;
}

void EventLoop::watch(int fd, std::uint32_t events, ReadyHandler on_ready, Where caller) {
  check_thread();
  const auto found = watches_.find(fd);
  if (found != watches_.end()) {
    found->second->events = events;
    if (!register_fd(fd, *found->second, true)) throw system_error("changing a watch", errno);
    return;
  }
  if (next_generation_ == 0) ++next_generation_;  // wrapped around
  auto watch = std::make_shared<Watch>(Watch{next_generation_++, events, std::move(on_ready), caller});
  if (!register_fd(fd, *watch, false)) throw system_error("watching a descriptor", errno);
  watches_.emplace(fd, std::move(watch));
}

void EventLoop::unwatch(int fd) {
  check_thread();
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return;
  const std::shared_ptr<Watch> doomed = std::move(found->second);
  watches_.erase(found);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);  // fails, without harm, if fd was already closed
}

/// The timeout for epoll, rounded up so that a timer is due when epoll returns; -1 means no limit.
int EventLoop::wait_milliseconds() const {
  if (!waiting_.empty() || time_) return 0;
  const std::optional<Clock::time_point> deadline = timers_.next_deadline();
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, INT_MAX));
}

/// Returns false when no event, coroutine or timer is left. Only virtual time can detect that.
bool EventLoop::wait_and_dispatch() {
  std::array<epoll_event, kBatch> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_milliseconds());
  if (count < 0 && errno != EINTR) throw system_error("waiting for events", errno);
  for (int i = 0; i < count; ++i) dispatch(events[static_cast<std::size_t>(i)]);
  return !time_ || count != 0 || !waiting_.empty() || skip_to_next_timer();
}

bool EventLoop::skip_to_next_timer() {
  const std::optional<Clock::time_point> deadline = timers_.next_deadline();
  if (deadline) time_->skip_to(*deadline);
  return deadline.has_value();
}

void EventLoop::dispatch(const epoll_event& event) {
  const std::uint64_t mark = event.data.u64;
  if (mark == kWakeMark) return swallow_wake();
  const auto found = watches_.find(static_cast<int>(mark & 0xffffffffu));
  if (found == watches_.end() || found->second->generation != mark >> 32) return;  // unwatched in this turn
  const std::shared_ptr<Watch> watch = found->second;
  const std::uint32_t ready = event.events & (watch->events | EPOLLERR | EPOLLHUP);
  if (ready != 0) steps_.run(watch->caller, watch->on_ready, ready);
}

void EventLoop::wake_later(Clock::duration delay, std::coroutine_handle<> sleeper, Where caller) {
  const auto id = std::make_shared<TimerId>();
  std::function<void()> wake = [this, sleeper, id] {
    sleepers_.erase(*id);
    sleeper.resume();
  };
  *id = add_timer(delay, std::move(wake), caller);
  sleepers_.emplace(*id, sleeper);
}

void EventLoop::wake_sleepers() {
  sleepless_ = true;
  for (const auto& [timer, sleeper] : std::exchange(sleepers_, {})) {
    cancel_timer(timer);
    resume_soon(sleeper);
  }
}

}  // namespace rimfs::reactor
