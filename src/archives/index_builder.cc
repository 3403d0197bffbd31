// SPDX-License-Identifier: MIT
#include "archives/index_builder.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "base/error.h"
#include "base/work.h"

namespace rimfs::archives {

void IndexBuilder::count_header() {
  count_work(1);
  if (++headers_ / kHeadersPerMember <= limits_.members) return;
  throw Error(ErrorKind::unsupported,
              fmt::format("the archive has more than {} headers; extract it", limits_.members * kHeadersPerMember));
}

void IndexBuilder::count_text(std::size_t bytes) {
  text_ += ByteCount{bytes};
  if (text_ <= limits_.names) return;
  throw Error(ErrorKind::unsupported,
              fmt::format("the names in the archive have more than {} bytes; extract it", limits_.names.value));
}

std::size_t IndexBuilder::add(Member member) {
  if (member.folder) {
    while (member.path.ends_with('/')) member.path.pop_back();
    if (member.path.empty()) return std::numeric_limits<std::size_t>::max();  // the root, which is there anyway
  }
  if (member.path.empty()) {
    ++nameless_;
    return std::numeric_limits<std::size_t>::max();
  }
  if (index_.members.size() >= limits_.members) {
    throw Error(ErrorKind::unsupported,
                fmt::format("the archive has more than {} members; extract it", limits_.members));
  }
  count_text(member.path.size() + member.refusal.size());
  index_.members.push_back(std::move(member));
  return index_.members.size() - 1;
}

void IndexBuilder::refuse(std::size_t number, std::string reason) {
  count_text(reason.size());
  Member& member = index_.members[number];
  member.offset = {};
  member.refusal = std::move(reason);
}

Index IndexBuilder::finish() {
  if (nameless_ != 0) {
    warn(fmt::format("members without a name are not listed: {}", std::exchange(nameless_, 0)));
  }
  headers_ = 0;
  text_ = {};
  return std::exchange(index_, {});
}

}  // namespace rimfs::archives
