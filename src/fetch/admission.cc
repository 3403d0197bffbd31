// SPDX-License-Identifier: MIT
// From a read that has to wait to the ranges that are requested for it. The read enters when there is memory for it. It
// takes the blocks in memory, waits for the chunks in flight, and queues ranges for the rest.
#include "fetch/fetcher.h"

namespace rimfs::fetch {

void Fetcher::admit(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, ReadHint hint,
                    WaitingReads::Time since) {
  if (read->answered() || refuse(*file, *read)) return;
  const std::optional<Error> failed = failed_.find(file->id(), read->range(), loop_.now());
  if (failed) return read->answer(*failed);
  read->mark_demanded();
  deadlines_.watch(file, read, since);
  at_gate_.push_back({file, read, hint});
  begin_reads();
  if (hint.random_access) schedule_.note_random_access(*file, loop_.now());
  pump();
}

void Fetcher::read_soon(const std::shared_ptr<RemoteFile>& file, const std::vector<std::shared_ptr<Read>>& reads) {
  ByteCount budget = schedule_.left_of_budget(file->resource().host());
  std::vector<std::shared_ptr<Read>> admitted;
  for (const auto& read : reads) {
    if (refuse(*file, *read)) continue;
    const http::Host* const server = &file->resource().host();
    if (read->range().size() > budget || !gate_.is_open_for(server, read->blocks().size())) {
      read->answer(Error(ErrorKind::cancelled, "the budget for prefetching is used up"));
      continue;
    }
    budget -= read->range().size();
    read->enter(gate_.enter(server, read->blocks().size()));
    admitted.push_back(read);
  }
  // In reverse order, because each goes in front of what is queued.
  for (auto read = admitted.rbegin(); read != admitted.rend(); ++read)
    want_blocks(file, *read, {}, Urgency::speculation);
  schedule_.reserve_slot(*file, readahead::kSmallestRange * admitted.size());
  pump();
}

/// Starts the reads for which there is memory, in their order. A read that waits for its server's share of memory does
/// not block reads from other servers. Nor does it block reads that need no server: they hold their memory only
/// briefly.
void Fetcher::begin_reads() {
  for (auto next = at_gate_.begin(); next != at_gate_.end();) {
    const WaitsForMemory one = *next;
    const http::Host* const server = &one.file->resource().host();
    const std::size_t blocks = one.read->blocks().size();
    if (!one.read->answered() && !gate_.is_open_for(server, blocks) &&
        !coverage_.is_here(*one.file, one.read->range())) {
      ++next;
      continue;
    }
    next = at_gate_.erase(next);
    if (one.read->answered()) continue;
    one.read->enter(gate_.enter(server, blocks));
    want_blocks(one.file, one.read, one.hint, Urgency::demand);
  }
}

/// A read has been answered, possibly inside a libcurl callback, where nothing may be started. Schedules one pass for
/// all reads that end until it runs.
void Fetcher::begin_reads_soon() {
  if (at_gate_.empty() || std::exchange(beginning_soon_, true)) return;
  loop_.post([this] {
    beginning_soon_ = false;
    pump();
  });
}

/// Answers the read with an error if it cannot be served. True when the read is answered.
bool Fetcher::refuse(const RemoteFile& file, Read& read) const {
  if (closed_) read.answer(Error(ErrorKind::cancelled, "the mount is ending"));
  if (!file.refusal().empty()) read.answer(Error(ErrorKind::unreadable, file.refusal()));
  if (file.changed()) read.answer(Error(ErrorKind::changed, "the remote file has changed"));
  return read.answered();
}

void Fetcher::want_blocks(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, ReadHint hint,
                          Urgency urgency) {
  for (const BlockIndex block : blocks_touched(read->range(), cache_.block_size())) {
    if (coverage_.wait_for(*file, block, read)) want_block(file, read, block, hint, urgency);
  }
  if (read->complete()) read->answer(std::nullopt);
}

/// Loads what the disk has of a block that a read waits for, and queues a range for what is missing.
void Fetcher::want_block(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, BlockIndex block,
                         ReadHint hint, Urgency urgency) {
  const ByteRange whole = file->range_of_block(block, cache_.block_size());
  const ByteRange wanted = read->range().intersect(whole);
  if (file->store()) load_stored(file, block, chunks_touched(wanted, block, cache_.block_size(), cache_.chunk_size()));
  const ByteRange extended{wanted.begin, std::max(wanted.end, std::min(wanted.begin + hint.fetch_size, whole.end))};
  const ByteRange missing =
      coverage_.first_missing(*file, align_outward(extended, cache_.chunk_size()).intersect(whole));
  if (missing.empty() || missing.begin >= wanted.end) return;  // every missing byte of the read is in flight
  WantedRange request{file, {missing.begin, extended.end}, urgency, hint.random_access};
  if (urgency == Urgency::demand) {
    schedule_.want(std::move(request));
  } else {
    schedule_.want_first(std::move(request));
  }
}

}  // namespace rimfs::fetch
