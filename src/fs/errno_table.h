// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "base/error.h"
#include "base/log.h"

namespace rimfs::fs {

/// The errno that a kind of failure has in programs that read the mount, and its level in the log.
struct ErrnoRow {
  ErrorKind kind;
  int number;  ///< The errno value.
  LogLevel level;
};

/// The row of `kind`. For a kind without a row: EIO, logged as an error. Pure; any thread.
ErrnoRow errno_row(ErrorKind kind);

/// The whole table, with one row for each kind.
std::span<const ErrnoRow> errno_rows();

}  // namespace rimfs::fs
