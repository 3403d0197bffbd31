// SPDX-License-Identifier: MIT
#include "fs/parked.h"

#include <cerrno>

#include "fs/filesystem.h"
#include "image/image.h"

namespace rimfs::fs {

static_assert(sizeof(void*) >= sizeof(Parked::Id), "an id travels through libfuse as a pointer");

Parked::Claim::~Claim() {
  if (request_ != nullptr) parked_->release();
}

Parked::Id Parked::add(fuse_req_t request, std::shared_ptr<image::Image> image) {
  Id id = 0;
  {
    MutexLock lock(mutex_);
    id = next_++;
    entries_.emplace(id, Entry{.request = request, .image = std::move(image)});
  }
  // This calls on_interrupt() itself when the interrupt is here already, and uses the request after that:
  // such an interrupt must not answer. Only an armed request is answered from there.
  fuse_req_interrupt_func(request, &Parked::on_interrupt, reinterpret_cast<void*>(id));
  if (arm(id)) return id;
  if (Claim mine = claim(id)) fuse_reply_err(mine.request(), EINTR);
  return 0;
}

bool Parked::set_ticket(Id id, std::uint64_t ticket) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  found->second.ticket = ticket;
  return true;
}

Parked::Claim Parked::claim(Id id) {
  Entry entry;  // destroyed after the lock: it may hold the image's last reference
  MutexLock lock(mutex_);
  return take(id, entry);
}

Parked::Claim Parked::take(Id id, Entry& entry) {
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
    if (entry.ticket != 0) entry.image->interrupt(entry.ticket);
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
  Entry entry;
  const Claim mine = take_interrupted(id, entry);
  if (!mine) return;
  fuse_reply_err(mine.request(), EINTR);
  // Without a ticket yet, the worker that will get it finds the request gone and interrupts the image itself.
  if (entry.ticket != 0) entry.image->interrupt(entry.ticket);
}

Parked::Claim Parked::take_interrupted(Id id, Entry& entry) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return {};
  if (found->second.armed) return take(id, entry);
  found->second.interrupted = true;
  return {};
}

bool Parked::arm(Id id) {
  MutexLock lock(mutex_);
  Entry& entry = entries_.at(id);  // nobody else takes it out before it is armed
  if (entry.interrupted) return false;
  entry.armed = true;
  return true;
}

// The notification is sent under the lock: whoever waits in close() may destroy this object as soon as it
// wakes.
void Parked::release() {
  MutexLock lock(mutex_);
  if (--claims_ == 0) no_claims_.notify_all();
}

}  // namespace rimfs::fs
