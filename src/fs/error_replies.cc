// SPDX-License-Identifier: MIT
#include "fs/error_replies.h"

#include <cstring>

#include "fs/errno_table.h"

namespace rimfs::fs {

void ErrorReplies::reply(fuse_req_t request, std::string_view doing, const std::string& file, const Error& error) {
  const ErrnoRow row = errno_row(error.kind());
  fuse_reply_err(request, row.number);

  const char* symbol = strerrorname_np(row.number);
  const std::string what = fmt::format("{} ended with {}", doing, symbol != nullptr ? symbol : "?");
  const std::string line = fmt::format("{}: {}: {}", file, what, error.message());
  if (!limited_->write(row.level, what, line)) log_.debug("{}", line);
}

}  // namespace rimfs::fs
