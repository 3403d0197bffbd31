// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>

#include <optional>
#include <span>

#include "fetch/read.h"
#include "image/read_parts.h"

namespace rimfs::image {

/// A read of an image whose bytes are not all in memory. Image::fetch() takes it. It ends once, on the reactor, with
/// exactly one call of done() or failed(). The reader derives from it, and keeps it only to cancel it.
class Read : public fetch::Read {
 public:
  Read(ByteRange range, ByteCount block_size) : fetch::Read(range, block_size), block_size_(block_size) {}

 protected:
  /// The bytes read, in order, in the cache's own memory. Valid only during the call.
  virtual void done(std::span<const iovec> parts) = 0;
  virtual void failed(const Error& error) = 0;

 private:
  void finished(const std::optional<Error>& error) final {
    if (error) return failed(*error);
    Parts parts;
    append_parts(range(), blocks(), block_size_, parts);
    done(parts);
  }

  const ByteCount block_size_;
};

}  // namespace rimfs::image
