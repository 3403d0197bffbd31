// SPDX-License-Identifier: MIT
#include "http/login.h"

namespace rimfs::http {
namespace {

/// A server that refuses what it gave out a moment ago refuses the file, not the login.
constexpr std::chrono::seconds kRestBetweenRenewals{5};

}  // namespace

bool Login::due() const {
  return version_ == 0 || (age_.count() > 0 && renewed_at_ && loop_.now() - *renewed_at_ >= age_);
}

reactor::Task<bool> Login::renew(std::uint64_t refused) {
  while (renewing_ && version_ == refused) {
    auto end = renewed_.wait();
    co_await end;
  }
  if (version_ != refused) co_return true;
  if (renewed_at_ && loop_.now() - *renewed_at_ < kRestBetweenRenewals && !(due() && version_ > 0)) {
    if (problem_) throw *problem_;
    co_return false;
  }
  renewing_ = true;
  problem_.reset();
  try {
    Shown fresh = co_await fetch();
    shown_ = std::move(fresh);
    ++version_;
  } catch (const Error& error) {
    problem_ = error;
  }
  renewed_at_ = loop_.now();
  renewing_ = false;
  renewed_.notify_all();
  if (problem_) throw *problem_;
  co_return true;
}

}  // namespace rimfs::http
