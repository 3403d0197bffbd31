// SPDX-License-Identifier: MIT
// What the fetcher does around a range request: its start, and the consequences of its end.
#include "fetch/fetcher.h"

namespace rimfs::fetch {

reactor::Task<> Fetcher::run(WantedRange wanted, std::vector<cache::BlockRef> blocks) {
  const std::shared_ptr<RemoteFile> file = wanted.file;
  const bool background = wanted.urgency == Urgency::background;
  counters_.add("network.active-requests");
  // The first request of a file that is downloaded as a whole: it is kept as a whole, too.
  const bool begins_download = file->resource().identity()->only_whole && !file->resource().whole_file();
  if (begins_download && file->store()) fill_.add(file);
  std::function<void()> landed = [this] { begin_reads_soon(); };
  RangeRequest request(tools_, std::move(wanted), std::move(blocks), running_.progress_of(file->resource().host()),
                       std::move(landed));
  std::optional<RunningRequests::Entry> listed(std::in_place, running_, request);
  const std::optional<Error> error = co_await request.run();
  request.release_count();
  listed.reset();
  if (error && request.is_abandoned() && !closed_) {
    want_abandoned(file, request.rest());
  } else if (error) {
    fail_rest(*file, request.rest(), *error);
  } else {
    counters_.add("network.requests");
  }
  if (file->has_outgrown_store()) {
    co_await renew_store(file);
  }
  if (file->store()) tier_writes_.write(request.wanted(), request.blocks());
  if (!error && request.wanted().urgency == Urgency::speculation) hold_until_read(request.blocks());
  request.blocks().clear();
  counters_.subtract("network.active-requests");
  if (background && error && !closed_) fill_.failed(*file, request.wanted().range.begin, *error, loop_.now());
  pump();
}

/// The rest will not arrive. Fails the reads that wait for it, and, for a moment, new reads of the same range.
void Fetcher::fail_rest(RemoteFile& file, ByteRange rest, const Error& error) {
  const std::vector<ByteRange> failed = coverage_.fail(file, rest, error);
  if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::changed) return;
  for (const ByteRange& read : failed) failed_.add(file.id(), read, error, loop_.now());
}

/// Queues what an abandoned request did not deliver, when a new read waits for it.
void Fetcher::want_abandoned(const std::shared_ptr<RemoteFile>& file, ByteRange rest) {
  const ByteRange missing{align_down(rest.begin, cache_.chunk_size()), rest.end};
  if (coverage_.abandon(*file, missing)) schedule_.want({file, missing, Urgency::demand});
}

}  // namespace rimfs::fetch
