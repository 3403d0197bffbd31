// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "base/error.h"
#include "base/log.h"

namespace rimfs::fs {

/// What a kind of failure is to a program that reads the mount, and how loudly it is logged.
struct ErrnoRow {
  ErrorKind kind;
  int number;  ///< The errno value.
  LogLevel level;
};

/// The row of `kind`; EIO and an error for a kind that has none. Pure; any thread.
ErrnoRow errno_row(ErrorKind kind);

/// The whole table, one row a kind.
std::span<const ErrnoRow> errno_rows();

}  // namespace rimfs::fs
