// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"

namespace rimfs::http {

/// The identity of one version of a file: its size and the validators that a server sent. A plain value.
struct Identity {
  ByteCount size;
  std::string etag;           ///< The entity tag as written, including quotes and W/; may be empty.
  std::string last_modified;  ///< The time as written; may be empty.
  /// The time in a listing, in seconds since 1970. It is compared only with times of other listings, because listings
  /// round and have no time zone.
  std::optional<std::int64_t> listed_time = {};
  /// The content coding of the stored bytes, as coding_of() writes it: "" without one, "gzip" for a compressed file
  /// that the server labels so (RFC 9110, section 8.4). Nothing until a reply has told. A reply in another coding has
  /// other bytes and is not used, but it does not show that the file has changed: same_file() ignores the coding.
  std::optional<std::string> coding = {};
  /// The server sends the file only as a whole: it does not serve ranges (whole_file.h). No part of the version.
  bool only_whole = false;

  /// A strong entity tag guarantees that equal tags mean equal bytes (RFC 9110, section 8.8.1). A tag without quotes,
  /// and the empty tag that some servers send with every file, guarantee nothing and count as weak.
  bool has_strong_etag() const;
  /// False when only the size distinguishes this version from another one.
  bool has_validator() const { return !etag.empty() || !last_modified.empty() || listed_time; }

  /// True unless `now`, from a later reply, shows that the file is another version:
  /// - A different size is a different file, even if all else is equal.
  /// - Two strong entity tags alone decide (RFC 9110, section 8.8.3.2, strong comparison).
  /// - Otherwise every validator that both have must agree: the entity tags without W/ (weak comparison),
  ///   Last-Modified, the listed time. Agreement of one does not outweigh a difference of another.
  /// - A validator that only one of them has carries no information, with one exception: when a strong tag
  ///   disappears and nothing else can be compared, the guarantee is lost, and the version counts as another one.
  /// Pure. Used for replies to ranges, opens, mirrors, caches and listings alike.
  bool same_file(const Identity& now) const;

  /// True when both have the same image::version_id(), so that data stored under one is found under the other: an equal
  /// strong tag, otherwise all validators exactly equal. Pure.
  bool is_kept_as(const Identity& other) const;

  /// This identity plus the validators that only `other` has; both must describe the same file. A strong tag replaces a
  /// weak one. A stored identity must be filled in with each reply. Otherwise two replies that contradict each other
  /// would both agree with an identity that lacks the validator. Pure.
  Identity filled_from(const Identity& other) const;
};

/// The result of comparing a mirror's reply, from another machine, with the file that the first address described.
enum class MirrorFit {
  same,       ///< All validators of the reply are also known for the file, and agree.
  other,      ///< The reply describes another file.
  says_less,  ///< The reply has no validator although the file has some: nothing can be compared.
  says_more,  ///< The reply has a validator that the file lacks: a change of it could not be detected.
};

/// Stricter than Identity::same_file(), because a validator that one of two machines omits proves nothing. Equal strong
/// tags alone decide; otherwise each validator of the mirror must be known for the file, and equal. So any change that
/// the mirror shows is compared with the file's identity, now and in caches that store the bytes under that identity.
/// Pure.
MirrorFit fit_of_mirror(const Identity& file, const Identity& mirror);

}  // namespace rimfs::http
