// SPDX-License-Identifier: MIT
#pragma once

namespace rimfs::http {

/// Whether requests to a server carry If-Range. Some servers and filters answer the header with the whole file, or with
/// 400, 412 or 416, and serve the same range without it. But one such answer may have another reason, such as a filter
/// that was busy. So the header is left out for a while and then tried again, in one request. Pure; one thread.
class IfRangeSupport {
 public:
  /// One in so many requests is a trial.
  static constexpr unsigned kRequestsPerTrial = 256;

  /// True when the next request carries the header. Counts the request.
  bool next_carries() {
    if (left_ == 0) return true;
    if (--left_ > 0) return false;
    left_ = kRequestsPerTrial;  // for the requests beside the trial
    trial_ = true;
    return true;
  }

  /// A range was refused with the header and served without it.
  void misunderstood() {
    left_ = kRequestsPerTrial;
    trial_ = false;
  }

  /// A range was served with the header. Replies that come after misunderstood() to requests sent before it change
  /// nothing.
  void understood() {
    if (!trial_) return;
    left_ = 0;
    trial_ = false;
  }

 private:
  unsigned left_ = 0;   // requests without the header that are still to be sent
  bool trial_ = false;  // a request with the header is on its way, to learn whether it is served again
};

}  // namespace rimfs::http
