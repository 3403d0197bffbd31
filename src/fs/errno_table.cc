// SPDX-License-Identifier: MIT
#include "fs/errno_table.h"

#include <cerrno>

namespace rimfs::fs {
namespace {

constexpr ErrnoRow kRows[] = {
    {ErrorKind::denied, EACCES, LogLevel::error},
    {ErrorKind::missing, ENOENT, LogLevel::error},
    {ErrorKind::locked, EBUSY, LogLevel::error},
    // The kernel repeats a lookup that ends in ESTALE, so most of these need no action.
    {ErrorKind::changed, ESTALE, LogLevel::warning},
    // A deadline that passed is timed_out already. The rest are failed connections.
    {ErrorKind::unreachable, EIO, LogLevel::error},
    {ErrorKind::timed_out, ETIMEDOUT, LogLevel::error},
    {ErrorKind::corrupt, EIO, LogLevel::error},
    {ErrorKind::folder, EISDIR, LogLevel::warning},
    {ErrorKind::only_whole, EOPNOTSUPP, LogLevel::error},
    {ErrorKind::unreadable, EOPNOTSUPP, LogLevel::error},
    {ErrorKind::unsupported, EIO, LogLevel::error},
    {ErrorKind::misuse, EINVAL, LogLevel::error},
    // The failure was requested: the reader was killed, or the mount ends.
    {ErrorKind::cancelled, EINTR, LogLevel::debug},
    {ErrorKind::system, EIO, LogLevel::error},
};

}  // namespace

ErrnoRow errno_row(ErrorKind kind) {
  for (const ErrnoRow& row : kRows) {
    if (row.kind == kind) return row;
  }
  return {kind, EIO, LogLevel::error};
}

std::span<const ErrnoRow> errno_rows() { return kRows; }

}  // namespace rimfs::fs
