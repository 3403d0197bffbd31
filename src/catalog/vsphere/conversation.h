// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/units.h"

namespace rimfs::catalog::vsphere {

/// How far one conversation goes: a retrieval in parts, or a search and the questions how far it is. What a server may
/// well need fits several times: a vCenter has at most some thousand datastores and folders, and 100,000 names in a
/// folder are 50 MiB.
struct ConversationLimits {
  ByteCount bytes = 256_MiB;       ///< Of all replies.
  std::chrono::seconds time{60};   ///< A search takes seconds; one of a minute does not end.
  std::size_t parts = 10'000;      ///< Of a retrieval; a server may send one object in each.
  std::size_t parts_in_vain = 10;  ///< In a row, without anything new: the server repeats itself.
  std::size_t objects = 500'000;
};

/// One conversation with a server over several requests, which would otherwise last as long as the server likes. Each
/// function throws Error that names the limit it is beyond: timed_out for the time, corrupt for the others. Pure.
class Conversation {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `about`: for messages, "the inventory".
  Conversation(std::string about, Time begin, ConversationLimits limits = ConversationLimits())
      : about_(std::move(about)), limits_(limits), end_(begin + limits.time) {}

  /// What the next reply may have, at least 1.
  ByteCount bytes_left() const { return limits_.bytes - bytes_; }
  /// What the next exchange may take, at least 1 ms.
  std::chrono::milliseconds time_left(Time now) const;

  /// A reply of `bytes` is there.
  void heard(ByteCount bytes, Time now);
  /// It was a part of a retrieval that has now told `objects` in all, with `properties` in all.
  void part(std::size_t objects, std::size_t properties);

 private:
  const std::string about_;
  const ConversationLimits limits_;
  const Time end_;
  ByteCount bytes_;
  std::size_t parts_ = 0;
  std::size_t in_vain_ = 0;
  std::size_t known_ = 0;
};

}  // namespace rimfs::catalog::vsphere
