// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/directory.h"
#include "base/units.h"

namespace rimfs::cli {

/// How far a copy is complete, and the sum of that part, as add_piece() computes it.
struct Complete {
  Offset to;
  std::uint64_t sum = 0;

  /// Adds the piece that begins at `to`: its size and the XXH3 of its bytes.
  void add_piece(ByteCount size, std::uint64_t piece_sum);
  /// Adds the pieces up to `end` as zeros.
  void add_zeros(Offset end);
};

/// The size in which pieces are read, written and summed. The last one may be shorter.
inline constexpr ByteCount kCopyPiece = 256_KiB;

/// An unfinished copy. FILE.part grows beside FILE.part.json, which holds the identity of the source and how far the
/// copy is complete. FILE appears when the copy is complete. Writes through no link, and overwrites no file named FILE.
/// Throws Error. One thread, except for file().
class PartialCopy {
 public:
  /// Continues an earlier run's copy when it has the "id" of `identity`; otherwise starts over.
  PartialCopy(const std::string& destination, nlohmann::ordered_json identity, ByteCount size);

  File& file() { return file_; }
  /// The complete part at the start of this run.
  const Complete& begin() const { return begin_; }

  /// Makes the copy durable, then saves its state. `identity`: what is known of the source now.
  void save(const Complete& complete, nlohmann::ordered_json identity);
  /// Reads the copy back from the disk. False when it differs from what was written.
  bool reads_back(const Complete& complete);
  /// Renames the complete copy to FILE.
  void finish();
  /// Removes the state: the next run starts over.
  void forget();

 private:
  std::string state_name() const { return name_ + ".part.json"; }
  Complete read_state() const;

  const Directory directory_;
  const std::string name_;
  const nlohmann::ordered_json identity_;
  File file_;
  Complete begin_;
};

}  // namespace rimfs::cli
