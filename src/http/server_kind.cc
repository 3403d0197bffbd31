// SPDX-License-Identifier: MIT
#include "http/server_kind.h"

#include <algorithm>

namespace rimfs::http {

const ServerKind* kind_serving(const std::string& url, std::span<const ServerKind> kinds) {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const ServerKind& kind) { return kind.serves(url); });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace rimfs::http
