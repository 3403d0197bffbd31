// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

namespace rimfs::http {

/// Divides the limit of concurrent requests to all servers together (`--connections`) among the servers that have
/// requests. A server may use the slots that the others leave, and its even part in any case: with N active servers,
/// total / N each, at least one. Requests that began before another server became active are not stopped, so the total
/// may be exceeded until they end; a server that has its part starts none meanwhile. Pure; one thread.
class FairShare {
 public:
  explicit FairShare(unsigned total) : total_(std::max(1u, total)) {}

  /// True when a server with `own` requests may start `more` requests.
  bool has_free_slot(unsigned own, unsigned more = 1) const {
    return running_ + more <= total_ || own + more <= part(own == 0 ? busy_ + 1 : busy_);
  }
  /// Record that a server with `own` requests starts one, or that one of its `own` requests ends.
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
