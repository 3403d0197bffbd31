// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace rimfs::http {

/// Receives the bytes of a checked body, in order. Called on the reactor; an exception fails the request.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The next bytes. They are correct, even if the rest of the body fails.
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// The next bytes of a body whose framing proves nothing before its end. They must be kept separate and not counted
  /// until one of the next two functions is called.
  virtual void hold(std::span<const std::byte> bytes) = 0;
  /// The body has ended properly: all held bytes are correct.
  virtual void keep_held() = 0;
  /// True while no more bytes can be taken: the transport stops receiving until Transport::resume_paused().
  virtual bool is_full() const { return false; }
  /// The request has failed: no held bytes may be used. The next attempt begins at the same position.
  virtual void drop_held() = 0;
};

/// Discards a body of which only the head is of interest.
class DiscardedBody : public BodySink {
 public:
  void write(std::span<const std::byte>) override {}
  void hold(std::span<const std::byte>) override {}
  void keep_held() override {}
  void drop_held() override {}
};

}  // namespace rimfs::http
