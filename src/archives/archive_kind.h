// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
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
std::unique_ptr<IndexReader> make_zip_reader(ByteCount size, IndexLimits limits = {});

}  // namespace rimfs::archives
