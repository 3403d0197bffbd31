// SPDX-License-Identifier: MIT
#include "fs/errno_table.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <set>
#include <string>

using namespace rimfs;
using namespace rimfs::fs;

TEST_CASE("every kind of failure has an errno and a log level that match its remedy") {
  const struct {
    ErrorKind kind;
    int number;
    LogLevel level;
  } rows[] = {
      {ErrorKind::denied, EACCES, LogLevel::error},         {ErrorKind::missing, ENOENT, LogLevel::error},
      {ErrorKind::changed, ESTALE, LogLevel::warning},      {ErrorKind::unreachable, EIO, LogLevel::error},
      {ErrorKind::timed_out, ETIMEDOUT, LogLevel::error},   {ErrorKind::corrupt, EIO, LogLevel::error},
      {ErrorKind::unsupported, EIO, LogLevel::error},       {ErrorKind::only_whole, EOPNOTSUPP, LogLevel::error},
      {ErrorKind::unreadable, EOPNOTSUPP, LogLevel::error}, {ErrorKind::misuse, EINVAL, LogLevel::error},
      {ErrorKind::cancelled, EINTR, LogLevel::debug},       {ErrorKind::system, EIO, LogLevel::error},
      {ErrorKind::locked, EBUSY, LogLevel::error},          {ErrorKind::folder, EISDIR, LogLevel::warning},
  };
  for (const auto& row : rows) {
    const std::string kind(to_string(row.kind));
    CAPTURE(kind);
    CHECK(errno_row(row.kind).number == row.number);
    CHECK(errno_row(row.kind).level == row.level);
  }
  CHECK(errno_rows().size() == std::size(rows));
}

TEST_CASE("no kind of failure has two rows") {
  std::set<ErrorKind> kinds;
  for (const ErrnoRow& row : errno_rows()) CHECK(kinds.insert(row.kind).second);
}

TEST_CASE("a kind without a row is EIO, never success") {
  CHECK(errno_row(static_cast<ErrorKind>(1000)).number == EIO);
}
