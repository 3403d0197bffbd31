// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

namespace rimfs::http {

/// Divides the requests that all servers together may get at once (`--connections`) among the servers that have some.
/// A server may use what the others leave, and its even part in any case: when N servers have requests, each may have
/// total / N of them, at least one. Requests that began before another server had work are not taken back, so for as
/// long as they last there may be more than the total; whoever has its part starts none until then. Pure; one thread.
class FairShare {
 public:
  explicit FairShare(unsigned total) : total_(std::max(1u, total)) {}

  /// True when a server with `own` requests may get `more` of them.
  bool has_room(unsigned own, unsigned more = 1) const {
    return running_ + more <= total_ || own + more <= part(own == 0 ? busy_ + 1 : busy_);
  }
  /// A server that had `own` requests gets one more, or one of them has ended.
  void begin(unsigned own) {
    ++running_;
    if (own == 0) ++busy_;
  }
  void end(unsigned own) {
    --running_;
    if (own == 1) --busy_;
  }

  unsigned running() const { return running_; }

 private:
  unsigned part(unsigned servers) const { return std::max(1u, total_ / std::max(1u, servers)); }

  const unsigned total_;
  unsigned running_ = 0;
  unsigned busy_ = 0;  // servers with requests
};

}  // namespace rimfs::http
