// SPDX-License-Identifier: MIT
#include "http/identity.h"

namespace rimfs::http {

bool Identity::same_file(const Identity& other) const {
  if (size != other.size) return false;
  if (has_strong_etag()) return etag == other.etag;
  if (listed_time && other.listed_time && listed_time != other.listed_time) return false;
  if (!last_modified.empty() && !other.last_modified.empty()) return last_modified == other.last_modified;
  return etag.empty() || other.etag.empty() || etag == other.etag;
}

}  // namespace rimfs::http
