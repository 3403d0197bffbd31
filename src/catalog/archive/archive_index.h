// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "catalog/archive/archive_content.h"
#include "catalog/file_reader.h"
#include "reactor/offload.h"
#include "reactor/task.h"

namespace rimfs::catalog::archive {

/// What is looked for in an archive. A plain value.
struct ArchiveQuestion {
  std::string name;    ///< Of the archive's file.
  std::string path;    ///< What of it is needed: a member or a folder; empty: all.
  bool is_compressed;  ///< The file is itself the content of a compressed one.
};

/// Reads the index of an archive, whatever its kind is, and arranges it. `pool` parses, and outlives the task, as
/// `file` does. Throws Error: of the reads, and Error{unreadable} for what is no archive, or none that can be read in
/// parts.
reactor::Task<ArchiveContent> read_archive(FileReader::File& file, ArchiveQuestion question, reactor::Offload& pool);

}  // namespace rimfs::catalog::archive
