// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"

namespace rimfs::http {

/// Which file this is: what a server says of it and what must not change while it is read.
struct Identity {
  ByteCount size;
  std::string etag;           ///< As written, quotes and W/ included; may be empty.
  std::string last_modified;  ///< As written; may be empty.
  /// What a listing said of its time, in seconds since 1970: where servers send no validator, this stands in. Compared
  /// only with what another listing said.
  std::optional<std::int64_t> listed_time = {};

  /// A strong entity tag promises that equal tags mean equal bytes (RFC 9110, section 8.8.3).
  bool has_strong_etag() const { return !etag.empty() && !etag.starts_with("W/"); }

  /// True when a reply with this head comes from the same file. A strong tag decides alone; without one size,
  /// Last-Modified and weak tag must all agree as far as the reply names them.
  bool same_file(const Identity& other) const;
};

}  // namespace rimfs::http
