// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/units.h"
#include "http/failures.h"
#include "http/login_scheme.h"
#include "http/reply.h"

namespace rimfs::http {

/// The result of one request. A value.
struct Outcome {
  ReplyHead head;
  std::optional<Rejection> failure;  ///< The failure; nothing when the whole body arrived and was passed on.
  std::string refusal;               ///< The beginning of a refusal's body, if it was read (ServerKind::explain).
  ByteCount body;                    ///< The bytes of the body that were passed on and count.
  bool lost = false;             ///< The request was sent and failed, and no reply shows that the server refused it.
  bool saw_credentials = false;  ///< The request that was answered last carried the credentials of its address.
  LoginScheme scheme = LoginScheme::basic;  ///< How the user and password were sent.
  std::string ticket_problem;               ///< Why the Kerberos ticket was not sent or was refused, if it is known.
  std::chrono::milliseconds took{};         ///< The duration, including redirects but not a login.
};

}  // namespace rimfs::http
