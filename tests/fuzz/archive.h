// SPDX-License-Identifier: MIT
// What holds for the index of any archive, and how one is read.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>

#include "archives/index.h"
#include "base/error.h"
#include "fuzz.h"

namespace rimfs::fuzz {

using Bytes = std::span<const std::byte>;

/// Limits that an input can reach.
inline constexpr archives::IndexLimits kFewMembers = {.members = 1000, .names = 64_KiB};

/// The index, read in windows of at least this size, or the refusal of the archive. A reader wants only what the
/// archive has, comes to an end, and lists members whose bytes lie in the archive.
inline std::optional<archives::Index> read_index(std::unique_ptr<archives::IndexReader> reader, Bytes archive,
                                                 std::size_t window) {
  try {
    std::size_t steps = 0;
    while (const std::optional<ByteRange> wanted = reader->wanted()) {
      require(++steps <= 3 + archive.size());
      require(!wanted->empty() && wanted->size() <= 1_MiB && wanted->end.value <= archive.size());
      const Bytes rest = archive.subspan(wanted->begin.value);
      reader->take(wanted->begin,
                   rest.first(std::min<std::size_t>(rest.size(), std::max<std::size_t>(window, wanted->size().value))));
    }
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported);
    require(!error.message().empty());
    return std::nullopt;
  }
  archives::Index index = reader->finish();
  require(index.members.size() <= kFewMembers.members && index.warnings.size() <= 4);
  for (const archives::Member& member : index.members) {
    require(!member.path.empty());
    if (member.folder || !member.refusal.empty()) continue;
    require(member.offset.value <= archive.size() && member.size.value <= archive.size() - member.offset.value);
  }
  return index;
}

}  // namespace rimfs::fuzz
