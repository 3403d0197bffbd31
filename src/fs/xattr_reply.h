// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <string>

#include "fs/fuse.h"

namespace rimfs::fs {

/// Replies to getxattr or listxattr with a value (getxattr(2)). A size of 0 requests its length; a size that is too
/// small is ERANGE.
inline void reply_attribute(fuse_req_t request, const std::string& bytes, std::size_t size) {
  if (size == 0) {
    fuse_reply_xattr(request, bytes.size());
  } else if (bytes.size() > size) {
    fuse_reply_err(request, ERANGE);
  } else {
    fuse_reply_buf(request, bytes.data(), bytes.size());
  }
}

}  // namespace rimfs::fs
