// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>

#include "archives/index.h"

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

}  // namespace rimfs::archives::test
