// SPDX-License-Identifier: MIT
#include "reactor/offload.h"

namespace rimfs::reactor {

Offload::Offload(EventLoop& loop, unsigned threads)
    : loop_(loop),
      threads_(
          threads, [this] { serve(); }, [this] { stop(); }) {}

void Offload::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  more_.notify_all();
}

void Offload::add(Job job) {
  if (threads_.empty()) {
    job.work();
    job.work = Work();
    loop_.resume_soon(job.waiter, job.caller);
    return;
  }
  {
    const MutexLock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  more_.notify_one();
}

void Offload::serve() {
  for (;;) {
    Job job;
    {
      const MutexLock lock(mutex_);
      while (jobs_.empty() && !stopping_) more_.wait(mutex_);
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job.work();
    job.work = Work();  // destroys its captures on this thread, not on the loop
    loop_.post([this, waiter = job.waiter, caller = job.caller] { loop_.resume_soon(waiter, caller); });
  }
}

}  // namespace rimfs::reactor
