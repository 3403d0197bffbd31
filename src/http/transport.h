// SPDX-License-Identifier: MIT
#pragma once

#include "http/exchange.h"

namespace rimfs::http {

/// Carries exchanges over the network: sends each request and hands the reply to its exchange as it arrives. This is
/// the only place where requests meet a network, so that tests put a scripted server here. Reactor only.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends the request of `exchange`. From now on, and possibly inside this call, the exchange gets the calls that its
  /// header lists, and Exchange::finish() once, whatever happens. Never throws.
  virtual void start(Exchange& exchange) = 0;

  /// Ends every exchange that has given up. Not called from inside an exchange.
  virtual void end_given_up() = 0;

  /// Ends every exchange as given up.
  virtual void cancel_all() = 0;
};

}  // namespace rimfs::http
