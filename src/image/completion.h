// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>

#include <span>

#include "base/error.h"

namespace rimfs::image {

/// The answer to one read, given by the image to whoever asked. Exactly one of the two functions is called, once,
/// on any thread. Owned by the image until then.
class ReadCompletion {
 public:
  virtual ~ReadCompletion() = default;

  /// The bytes read, in order, in the cache's own memory: valid only during the call.
  virtual void done(std::span<const iovec> parts) = 0;
  virtual void failed(const Error& error) = 0;
};

}  // namespace rimfs::image
