// SPDX-License-Identifier: MIT
#include "http/login.h"

namespace rimfs::http {
namespace {

/// When credentials that have a time to be renewed could not be, they are renewed again after this.
constexpr std::chrono::seconds kAfterFailure{60};

}  // namespace

bool Login::due() const {
  const bool is_old = age_.count() > 0 && renewed_at_ && loop_.now() - *renewed_at_ >= age_;
  return version_ == 0 || is_old || (renew_at_ && loop_.now() >= *renew_at_);
}

void Login::replace(Credentials corrected) {
  credentials_ = std::move(corrected);
  ++version_;
}

reactor::Task<bool> Login::renew(std::uint64_t refused, Refusal refusal) {
  if (renewing_since_ && version_ == refused) {
    while (renewing_since_ && version_ == refused) {
      auto end = renewed_.wait();
      co_await end;
    }
    // All waiters share the result.
    if (version_ == refused && problem_) throw *problem_;
    co_return version_ != refused;
  }
  if (version_ != refused) co_return true;
  renewing_since_ = loop_.now();
  co_await replace_unless_good(refusal == Refusal::of_request && version_ > 0 && !due());
  renewing_since_.reset();
  renewed_.notify_all();
  if (version_ == refused && problem_) throw *problem_;
  co_return version_ != refused;
}

reactor::Task<> Login::renewal_ended(reactor::EventLoop::Clock::time_point until) {
  while (renewing_since_ && loop_.now() < until) {
    const auto timer = loop_.add_timer(until - loop_.now(), [this] { renewed_.notify_all(); });
    auto end = renewed_.wait();
    co_await end;
    loop_.cancel_timer(timer);
  }
}

/// Stores the error of a failed renewal in problem_.
reactor::Task<> Login::replace_unless_good(bool ask) {
  const bool has_time = renew_at_.has_value();
  try {
    Verdict verdict = Verdict::unknown;
    if (ask) {
      verdict = co_await ask_verdict();
    }
    if (verdict == Verdict::good) {
      problem_.reset();
      co_return;
    }
    const bool too_old = version_ > 0 && due();
    const bool over = verdict == Verdict::over || (!ask && version_ > 0);
    if (!too_old && !policy_.may_renew(loop_.now(), over)) {
      // The readers wait for the next login when this one has ended for certain, and the last renewal helped.
      const auto wait = policy_.wait(loop_.now());
      if (!over || !wait) co_return;  // problem_ keeps the error of the last renewal, if that failed
      co_await loop_.sleep(*wait);
    }
    problem_.reset();
    renew_at_.reset();
    Credentials fresh = co_await fetch();
    credentials_ = std::move(fresh);
    ++version_;
  } catch (const Error& error) {
    problem_ = error;
    if (has_time) renew_at_ = loop_.now() + kAfterFailure;
  }
  policy_.renewed(loop_.now());
  renewed_at_ = loop_.now();
}

}  // namespace rimfs::http
