// SPDX-License-Identifier: MIT
#include "fetch/waiting_reads.h"

namespace rimfs::fetch {

void WaitingReads::add(std::shared_ptr<RemoteFile> file, const std::shared_ptr<Read>& read, Time due) {
  std::erase_if(reads_, [](const Entry& entry) { return entry.read.expired(); });
  reads_.push_back({std::move(file), read, due});
}

std::vector<WaitingReads::One> WaitingReads::take_due(Time now, const Extended& extended) {
  std::vector<One> due;
  std::erase_if(reads_, [&](const Entry& entry) {
    std::shared_ptr<Read> read = entry.read.lock();
    if (!read || read->answered()) return true;
    if (now < entry.due || now < extended(*entry.file, read->range())) return false;
    due.push_back({entry.file, std::move(read)});
    return true;
  });
  return due;
}

}  // namespace rimfs::fetch
