// SPDX-License-Identifier: MIT
// Extended headers of tar archives. Source: IEEE Std 1003.1 pax, "pax Extended Header"; GNU tar's manual, "Storing
// Sparse Files"; libarchive's tar(5) for the keys of star and Solaris. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rimfs::archives {

/// What the records of extended headers say of a member. A plain value. Empty: nothing was said.
struct PaxAttributes {
  std::optional<std::string> path;
  std::optional<std::string> link;
  std::optional<std::uint64_t> size;       ///< Of its bytes in the archive.
  std::optional<std::int64_t> modified;    ///< Whole seconds, rounded down.
  std::optional<std::string> real_path;    ///< Of a sparse member, whose path is made up.
  std::optional<std::uint64_t> real_size;  ///< Of a sparse member.
  bool sparse = false;
};

/// Applies the records of one extended header: a later value replaces an earlier one, an empty one removes it. Returns
/// false when they are damaged.
bool apply_pax(std::string_view records, PaxAttributes& attributes);

}  // namespace rimfs::archives
