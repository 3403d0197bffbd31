// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/directory.h"
#include "base/units.h"

namespace rimfs::cli {

/// How far a copy is complete, and the sum of that much of it, as add_piece() makes it.
struct Complete {
  Offset to;
  std::uint64_t sum = 0;

  /// Adds the piece that begins at `to`: its size and the XXH3 of its bytes.
  void add_piece(ByteCount size, std::uint64_t piece_sum);
  /// Adds the pieces up to `end` as zeros.
  void add_zeros(Offset end);
};

/// Pieces are read, written and summed in this size; the last one may be shorter.
inline constexpr ByteCount kCopyPiece = 256_KiB;

/// A copy on its way: FILE.part grows beside FILE.part.json, which says of what it is and how far it is complete; FILE
/// appears when all is there. Nothing is written through a link, and nothing that has FILE's name is overwritten.
/// Throws Error. One thread, but for file().
class PartialCopy {
 public:
  /// Goes on with an earlier run's copy when it has the "id" of `identity`, otherwise begins anew.
  PartialCopy(const std::string& destination, nlohmann::ordered_json identity, ByteCount size);

  File& file() { return file_; }
  /// What was there when it was opened.
  const Complete& begin() const { return begin_; }

  /// Makes what is there durable, then says so. `identity`: what is known by now of what it is a copy of.
  void save(const Complete& complete, nlohmann::ordered_json identity);
  /// Reads all of it from the disk again. False when that is not what was written.
  bool reads_back(const Complete& complete);
  /// Gives the complete copy its name.
  void finish();
  /// The next run begins anew.
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
