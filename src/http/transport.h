// SPDX-License-Identifier: MIT
#pragma once

#include "http/exchange.h"

namespace rimfs::http {

/// Carries exchanges over the network: sends each request and passes the reply to its exchange as it arrives. This is
/// the only interface between requests and the network, so tests use a scripted server here. Reactor only.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends the request of `exchange`. From now on, possibly inside this call, the exchange receives the calls listed in
  /// its header, and Exchange::finish() exactly once in any case. Never throws.
  virtual void start(Exchange& exchange) = 0;

  /// Ends every exchange that has been given up. Must not be called from inside an exchange.
  virtual void end_given_up() = 0;

  /// Ends every exchange as given up.
  virtual void cancel_all() = 0;

  /// Goes on with the exchanges whose sink was full (BodySink::is_full()) and is not any more. Must not be called from
  /// inside an exchange. A transport that never pauses does nothing.
  virtual void resume_paused() {}
};

}  // namespace rimfs::http
