// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "archives/index.h"
#include "base/error.h"

namespace rimfs::archives::test {

/// The index of an archive whose bytes come in windows: of what is wanted, filled up to `window` bytes. Checks what the
/// reader wants. `steps` counts the windows.
inline Index read_archive(std::unique_ptr<IndexReader> reader, const std::string& archive, std::size_t window,
                          std::size_t* steps = nullptr) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(archive));
  while (const std::optional<ByteRange> wanted = reader->wanted()) {
    REQUIRE(!wanted->empty());
    REQUIRE(wanted->size() <= 1_MiB);
    REQUIRE(wanted->end.value <= archive.size());
    const std::size_t size = std::max<std::size_t>(wanted->size().value, window);
    const auto rest = bytes.subspan(wanted->begin.value);
    reader->take(wanted->begin, rest.first(std::min(rest.size(), size)));
    if (steps) ++*steps;
  }
  return reader->finish();
}

/// One line a member: "path offset size", "path/" for a folder, "path: refusal" for a refused one.
inline std::string summary(const Index& index) {
  std::string text;
  for (const Member& member : index.members) {
    text += member.path;
    if (member.folder) {
      text += "/";
    } else if (!member.refusal.empty()) {
      text += ": " + member.refusal.substr(0, member.refusal.find(';'));
    } else {
      text += " " + std::to_string(member.offset.value) + " " + std::to_string(member.size.value);
    }
    text += "\n";
  }
  for (const std::string& warning : index.warnings) text += "! " + warning + "\n";
  return text;
}

/// How archives of one format are read, and the windows that must all give the same index.
struct Format {
  std::unique_ptr<IndexReader> (*reader)(ByteCount size);
  std::vector<std::size_t> windows;
};

/// The summary of the index.
inline std::string members_of(const Format& format, const std::string& archive) {
  const ByteCount size{archive.size()};
  const Index index = read_archive(format.reader(size), archive, 0);
  for (const std::size_t window : format.windows) {
    CAPTURE(window);
    CHECK(read_archive(format.reader(size), archive, window) == index);
  }
  return summary(index);
}

/// The kind of the Error with which an archive is refused; `cancelled` when it is not.
inline ErrorKind refusal_of(const Format& format, const std::string& archive) {
  try {
    read_archive(format.reader(ByteCount{archive.size()}), archive, 0);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::cancelled;
}

/// An archive, and the summary of its index.
struct ArchiveRow {
  std::string title;
  std::string archive;
  std::string members;
};

inline void check_members(const Format& format, const std::vector<ArchiveRow>& rows) {
  for (const ArchiveRow& row : rows) {
    CAPTURE(row.title);
    CHECK(members_of(format, row.archive) == row.members);
  }
}

}  // namespace rimfs::archives::test
