// SPDX-License-Identifier: MIT
#include "fetch/waiting_reads.h"

namespace rimfs::fetch {

void WaitingReads::add(std::uint64_t ticket, std::shared_ptr<RemoteFile> file, const std::shared_ptr<PendingRead>& read,
                       Time due) {
  std::erase_if(reads_, [](const auto& entry) { return entry.second.read.expired(); });
  reads_.insert_or_assign(ticket, Entry{std::move(file), read, due});
}

std::shared_ptr<PendingRead> WaitingReads::take(std::uint64_t ticket) {
  const auto found = reads_.find(ticket);
  if (found == reads_.end()) return nullptr;
  std::shared_ptr<PendingRead> read = found->second.read.lock();
  reads_.erase(found);
  return read;
}

std::vector<WaitingReads::One> WaitingReads::take_due(Time now, const Extended& extended) {
  std::vector<One> due;
  std::erase_if(reads_, [&](const auto& item) {
    const Entry& entry = item.second;
    std::shared_ptr<PendingRead> read = entry.read.lock();
    if (!read || read->answered()) return true;
    if (now < entry.due || now < extended(*entry.file, read->range())) return false;
    due.push_back({entry.file, std::move(read)});
    return true;
  });
  return due;
}

}  // namespace rimfs::fetch
