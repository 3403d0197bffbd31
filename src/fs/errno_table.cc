// SPDX-License-Identifier: MIT
#include "fs/errno_table.h"

#include <cerrno>

namespace rimfs::fs {
namespace {

constexpr ErrnoRow kRows[] = {
    {ErrorKind::denied, EACCES, LogLevel::error},
    {ErrorKind::missing, ENOENT, LogLevel::error},
    // The kernel repeats a lookup that ends in ESTALE, so most of these heal themselves.
    {ErrorKind::changed, ESTALE, LogLevel::warning},
    // Time that ran out is timed_out already when it comes here; what is left is a connection that failed.
    {ErrorKind::unreachable, EIO, LogLevel::error},
    {ErrorKind::timed_out, ETIMEDOUT, LogLevel::error},
    {ErrorKind::corrupt, EIO, LogLevel::error},
    {ErrorKind::unsupported, EIO, LogLevel::error},
    {ErrorKind::misuse, EINVAL, LogLevel::error},
    // Somebody asked for it: the reader was killed, or the mount ends.
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
