// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace rimfs::http {

/// Takes the bytes of a checked body, in order. Called on the reactor; what it throws fails the request.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The next bytes. They are right, whatever becomes of the rest.
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// The next bytes of a body whose framing proves nothing before its end: to be kept apart, uncounted, until one of
  /// the two below is called.
  virtual void hold(std::span<const std::byte> bytes) = 0;
  /// The body has ended properly: all that was held is right.
  virtual void keep_held() = 0;
  /// The request failed: nothing that was held may be used. The next attempt begins where this one began.
  virtual void drop_held() = 0;
};

}  // namespace rimfs::http
