// SPDX-License-Identifier: MIT
// What an archive contains, and how that is found out. An archive lies on a server, so its index is read in steps: an
// IndexReader names the bytes that it needs next, and the caller, who knows what a request costs, brings them, and more
// if he likes. A reader does no I/O and needs no thread of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_range.h"
#include "base/units.h"

namespace rimfs::archives {

/// One member of an archive. A plain value.
struct Member {
  std::string path;  ///< As the archive spells it: bytes in any encoding, parts between "/", possibly "./" before it.
  bool folder = false;
  Offset offset{};  ///< Where its bytes begin in the archive. Meaningless for a folder and for a refused member.
  ByteCount size;   ///< Of its content.
  std::optional<std::int64_t> modified;  ///< Seconds since 1970.
  /// Why its content cannot be read where it lies, and what to do: "it is compressed (deflate); …". Empty: it can be,
  /// and offset and size lie within the archive.
  std::string refusal;

  bool operator==(const Member&) const = default;
};

/// The content of an archive. A plain value.
struct Index {
  std::vector<Member> members;        ///< In the order of the archive. Of two with one path the later one counts.
  std::vector<std::string> warnings;  ///< What is wrong with the archive although its members are known.

  bool operator==(const Index&) const = default;
};

/// How much of an archive's index is kept. Beyond it an archive is refused.
struct IndexLimits {
  std::size_t members = 2'000'000;
  ByteCount names = 512_MiB;  ///< Of all paths and refusals.
};

/// Reads the index of one archive of a known size. One thread at a time.
class IndexReader {
 public:
  virtual ~IndexReader() = default;

  /// The bytes that are needed next: not empty, within the archive, at most 1 MiB. Nothing: the index is complete. Each
  /// call of take() changes it.
  virtual std::optional<ByteRange> wanted() const = 0;
  /// Takes bytes of the archive that lie at `from`. They contain wanted(); the reader also uses what lies behind it as
  /// far as it needs that next. Throws Error{corrupt} when this is no archive of its kind, or is damaged so that
  /// nothing is known of it; Error{unsupported} when it is one that cannot be read in parts, or is beyond the limits.
  virtual void take(Offset from, std::span<const std::byte> bytes) = 0;
  /// The index, once wanted() is nothing. The reader is empty afterwards.
  virtual Index finish() = 0;
};

}  // namespace rimfs::archives
