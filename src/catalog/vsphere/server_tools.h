// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "catalog/vsphere/session.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"

namespace rimfs::catalog::vsphere {

/// What everything that asks one server uses. A value; what it refers to outlives it.
struct ServerTools {
  std::string origin;  ///< The server's, for messages.
  std::shared_ptr<Session> session;
  reactor::EventLoop& loop;
  reactor::Offload& pool;  ///< Parses replies.
  Log& log;
};

}  // namespace rimfs::catalog::vsphere
