// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "base/directory.h"
#include "cache/disk/block_table.h"
#include "cache/disk/index_record.h"

namespace rimfs::cache::disk {

/// The index of one image: a log of records, of which the last one of a block is valid. A torn or damaged record loses
/// only itself and the records after it. One thread at a time. Throws Error{system}.
class IndexLog {
 public:
  /// The name of the file.
  static constexpr const char* kName = "index";
  /// Reads `file`, which is kName in `directory`. Begins it anew when its header is not `header`. Without `may_write`
  /// the file is not changed. `directory` outlives the log.
  IndexLog(const Directory& directory, File file, const IndexHeader& header, bool may_write);

  /// The blocks in the log when it was opened.
  BlockTable take_blocks() { return std::move(blocks_); }

  /// Appends records and syncs.
  void append(std::span<const StoredBlock> records);
  /// Appends records that may be lost: they become durable with the next append().
  void note(std::span<const StoredBlock> records);
  /// True when most records of the log are outdated.
  bool wants_rewriting(std::size_t live) const;
  /// Replaces the log atomically by one with only these records.
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
