// SPDX-License-Identifier: MIT
#include "fetch/running_requests.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace rimfs::fetch {

RunningRequests::Entry::Entry(RunningRequests& all, RangeRequest& request)
    : all_(all),
      listed_(
          all.listed_.insert(all.listed_.end(), {&request, request.rest().size(), request.file()->brought_aside()})) {}

RunningRequests::Entry::~Entry() {
  all_.count_arrived(*listed_);
  all_.listed_.erase(listed_);
}

std::vector<Schedule::InProgress> RunningRequests::in_progress() const {
  std::vector<Schedule::InProgress> values;
  values.reserve(listed_.size());
  for (const Listed& one : listed_) {
    const RangeRequest& request = *one.request;
    const bool background = request.wanted().urgency == Urgency::background;
    values.push_back({request.file().get(), request.rest().size(), request.is_sleeping(), background});
  }
  return values;
}

std::vector<RangeRequest*> RunningRequests::requests_for(const RemoteFile& file, ByteRange range) const {
  std::vector<RangeRequest*> requests;
  for (const Listed& one : listed_) {
    if (one.request->brings(file, range)) requests.push_back(one.request);
  }
  return requests;
}

void RunningRequests::note_progress(Time now) {
  std::unordered_map<const RemoteFile*, ByteCount> aside;
  for (Listed& one : listed_) {
    const ByteCount bytes = count_aside(one);
    one.request->credit().brought(count_arrived(one) + bytes, now);
    ByteCount& most = aside[one.request->file().get()];
    server(one.request->file()->resource().host()).arrived += bytes - most;  // once for each file
    most = std::max(most, bytes);
  }
  for (auto& [host, server] : servers_) server.progress.brought(std::exchange(server.arrived, ByteCount{}), now);
}

RunningRequests::Time RunningRequests::extended_until(const RemoteFile& file, ByteRange range) const {
  const std::vector<RangeRequest*> requests = requests_for(file, range);
  if (requests.empty()) {
    const auto server = servers_.find(&file.resource().host());
    return server == servers_.end() ? Time{} : server->second.progress.until();
  }
  Time until{};
  for (const RangeRequest* request : requests) until = std::max(until, request->credit().until());
  return until;
}

/// What came aside of a request's file since its progress was noted last. A range of a file that is downloaded in order
/// waits for the bytes before it, one of a compressed file for its frame.
ByteCount RunningRequests::count_aside(Listed& one) {
  const ByteCount before = std::exchange(one.aside, one.request->file()->brought_aside());
  return one.aside - before;
}

/// The bytes of a request that arrived since its progress was noted last. They count for its server as well.
ByteCount RunningRequests::count_arrived(Listed& one) {
  const ByteCount to_come = one.request->unreached();
  const ByteCount arrived = std::exchange(one.to_come, to_come) - to_come;
  server(one.request->file()->resource().host()).arrived += arrived;
  return arrived;
}

}  // namespace rimfs::fetch
