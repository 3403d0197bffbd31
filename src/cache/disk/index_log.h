// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "base/directory.h"
#include "cache/disk/block_table.h"
#include "cache/disk/index_record.h"

namespace rimfs::cache::disk {

/// The index of one image: a log of records, the last of a block counts. What stands behind the first record that is
/// torn or damaged is lost, never more. One thread at a time. Throws Error{system}.
class IndexLog {
 public:
  /// The name of the file.
  static constexpr const char* kName = "index";
  /// Reads `file`, which is kName in `directory`, or begins it anew when it is of something else. `may_write`:
  /// otherwise nothing of the file changes. `directory` outlives the log.
  IndexLog(const Directory& directory, File file, const IndexHeader& header, bool may_write);

  /// What the log said when it was opened.
  BlockTable take_blocks() { return std::move(blocks_); }

  /// Appends and syncs.
  void append(std::span<const StoredBlock> records);
  /// Appends what may be lost: it is durable with the next append().
  void note(std::span<const StoredBlock> records);
  /// True when most of the log is out of date.
  bool wants_rewriting(std::size_t live) const;
  /// Writes a new log with these alone and puts it in the old one's place.
  void rewrite(const std::vector<StoredBlock>& live);

 private:
  void read_all(bool may_write);
  void begin();

  IndexHeader header_;
  const Directory* directory_;
  File file_;
  BlockTable blocks_;
  std::size_t records_ = 0;
};

}  // namespace rimfs::cache::disk
