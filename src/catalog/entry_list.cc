// SPDX-License-Identifier: MIT
#include "catalog/entry_list.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/work.h"

namespace rimfs::catalog {

void EntryList::add(Entry entry) {
  count_work(1);
  bytes_ += ByteCount{entry.name.size() + entry.key.size()};
  if (entries_.size() >= limits_.entries) {
    throw Error(ErrorKind::corrupt, fmt::format("the listing has more than {} entries", limits_.entries));
  }
  if (bytes_ > limits_.bytes) {
    throw Error(ErrorKind::corrupt,
                fmt::format("the names and addresses of the listing have more than {} bytes", limits_.bytes.value));
  }
  entries_.push_back(std::move(entry));
}

}  // namespace rimfs::catalog
