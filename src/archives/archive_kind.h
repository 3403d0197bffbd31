// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "archives/index.h"

namespace rimfs::archives {

/// What a file is, by its first bytes.
enum class ArchiveKind { tar, zip, xz, zstd, gzip, bzip2, lzip, seven_zip, rar, unknown };

/// As many first bytes as archive_kind() looks at.
constexpr ByteCount kArchiveBeginning = {512};

/// The kind of a file that begins with these bytes: all, or at least kArchiveBeginning. Pure.
ArchiveKind archive_kind(std::span<const std::byte> beginning);

/// For messages: "a gzip file". Pure.
std::string_view name_of(ArchiveKind kind);

/// The reader for an archive of `size` bytes.
std::unique_ptr<IndexReader> make_tar_reader(ByteCount size, IndexLimits limits = {});
/// The bytes of a zip archive's members lie behind headers of their own, each of which may cost a request. `is_needed`
/// says of a path whether its member's bytes are; the others are refused. None: all are.
std::unique_ptr<IndexReader> make_zip_reader(ByteCount size, IndexLimits limits = {},
                                             std::function<bool(std::string_view path)> is_needed = {});

}  // namespace rimfs::archives
