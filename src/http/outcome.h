// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "base/units.h"
#include "http/failures.h"
#include "http/reply.h"

namespace rimfs::http {

/// How one request ended. A value.
struct Outcome {
  ReplyHead head;
  std::optional<Rejection> failure;  ///< Nothing: the whole body arrived and was handed on.
  ByteCount body;                    ///< Bytes handed on that count.
  bool lost = false;                 ///< It was sent and failed, and no reply says that it was refused.
  std::chrono::milliseconds took{};  ///< With what it was redirected to, but without a login.
};

}  // namespace rimfs::http
