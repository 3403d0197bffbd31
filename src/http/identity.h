// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"

namespace rimfs::http {

/// Which version of a file this is: its size and what a server said to tell versions apart. A plain value.
struct Identity {
  ByteCount size;
  std::string etag;           ///< As written, quotes and W/ included; may be empty.
  std::string last_modified;  ///< As written; may be empty.
  /// The time that a listing showed, in seconds since 1970. Compared only with what another listing showed, because
  /// listings round and know no time zone.
  std::optional<std::int64_t> listed_time = {};

  /// A strong entity tag promises that equal tags mean equal bytes (RFC 9110, section 8.8.1). A tag without quotes, and
  /// the empty tag that some servers send with every file, promise nothing and count as weak.
  bool has_strong_etag() const;
  /// False when only the size tells this version from another one.
  bool has_validator() const { return !etag.empty() || !last_modified.empty() || listed_time; }

  /// True unless `now`, of a later answer, shows that the file is another version:
  /// - Another size is another file, whatever else is equal.
  /// - Two strong entity tags decide alone (RFC 9110, section 8.8.3.2, strong comparison).
  /// - Otherwise every validator that both have must agree: the entity tags without W/ (weak comparison),
  ///   Last-Modified, the listed time. Agreement of one does not outweigh a difference of another.
  /// - A validator that only one of them has says nothing, with one exception: when a strong tag disappears and nothing
  ///   else is left to compare, the promise is gone, and so is the version.
  /// Pure. For the replies to ranges, opens, mirrors, caches and listings alike.
  bool same_file(const Identity& now) const;

  /// True when both make one image::version_id(), so that what is kept under the one is kept under the other: an equal
  /// strong tag, otherwise all validators equal to the letter. Pure.
  bool is_kept_as(const Identity& other) const;

  /// This, with the validators that only `other` has: of a file that both describe. A strong tag takes the place of a
  /// weak one. Whoever keeps an identity fills it in with each answer. Otherwise two answers that contradict each other
  /// would both agree with one that lacks the validator. Pure.
  Identity filled_from(const Identity& other) const;
};

/// What the answer of a mirror, which another machine keeps, shows of a file that the first address described.
enum class MirrorFit {
  same,       ///< All that it says is said of the file, too, and agrees.
  other,      ///< Another file.
  says_less,  ///< No validator, though the file has some: nothing can be compared.
  says_more,  ///< A validator that the file has not: when it changes, nobody would notice.
};

/// Stricter than Identity::same_file(): what two machines leave out proves nothing. Equal strong tags decide alone;
/// otherwise each validator that the mirror names must be one of the file's, and equal. So whatever the mirror shows of
/// a change is compared with the file's identity, now and by whoever keeps its bytes under that. Pure.
MirrorFit fit_of_mirror(const Identity& file, const Identity& mirror);

}  // namespace rimfs::http
