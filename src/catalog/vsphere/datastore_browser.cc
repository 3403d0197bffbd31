// SPDX-License-Identifier: MIT
#include "catalog/vsphere/datastore_browser.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/work.h"
#include "catalog/entry_list.h"

namespace rimfs::catalog::vsphere {
namespace {

/// Throws Error for what a search ended with instead of a result.
[[noreturn]] void refuse(const std::string& path, const Fault& fault) {
  const bool denied = fault.type == "NoPermission" || fault.type == "CannotAccessFile";
  const ErrorKind kind = fault.type == "FileNotFound" ? ErrorKind::missing
                         : denied                     ? ErrorKind::denied
                                                      : ErrorKind::unsupported;
  const char* const advice = denied ? "; the user needs Datastore.Browse on the datacenter and on the datastore" : "";
  throw Error(kind, fmt::format("{}: {} ({}){}", path, fault.sentence, fault.type, advice));
}

/// Gathers what the records of a reply tell, within the limits of a listing.
Records gather(std::vector<FoundFile>& found) {
  return file_records([&found](FoundFile file) {
    count_work(1);
    if (found.size() >= ListingLimits().entries) {
      throw Error(ErrorKind::corrupt, fmt::format("the listing has more than {} entries", found.size()));
    }
    found.push_back(std::move(file));
  });
}

}  // namespace

/// A server may forget a task that has ended, before it was asked how; then the search is repeated once.
reactor::Task<std::vector<FoundFile>> DatastoreBrowser::search(const Place& place, Queries queries) {
  const std::string path = datastore_path(place);
  const std::string request = search_datastore(place.datastore->browser, path, queries);
  std::vector<FoundFile> found;
  Outcome outcome = co_await search_once(request, path, found);
  if (outcome == Outcome::vanished) {
    found.clear();
    outcome = co_await search_once(request, path, found);
  }
  if (outcome == Outcome::vanished) {
    throw Error(ErrorKind::unsupported,
                path + ": the search's task was gone twice before its result was read; list the folder again");
  }
  co_return found;
}

reactor::Task<DatastoreBrowser::Outcome> DatastoreBrowser::search_once(std::string request, const std::string& path,
                                                                       std::vector<FoundFile>& found) {
  ConversationLimits limits;
  limits.time = pace_.longest;
  Conversation conversation("the search of " + path, tools_.loop.now(), limits);
  const Records none;
  const Document started = co_await tools_.session->call(std::move(request), none, conversation);
  const Reference task = read_reference(started);
  const Records files = gather(found);
  TaskState search;
  std::optional<Error> failure;
  try {
    search = co_await finished(task, files, conversation);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure && failure->kind() == ErrorKind::missing) co_return Outcome::vanished;
  if (failure) {
    reactor::Offload::Work free = [&] { std::vector<FoundFile>().swap(found); };
    auto freed = tools_.pool.run(std::move(free));
    co_await freed;
    co_await cancel(task);
    throw *failure;
  }
  if (search.progress == TaskState::Progress::error) refuse(path, search.fault);
  co_return Outcome::found;
}

/// Asks how far the search is until it has ended; the conversation's limits end it otherwise.
reactor::Task<TaskState> DatastoreBrowser::finished(Reference task, const Records& files, Conversation& conversation) {
  auto pause = pace_.first;
  for (;;) {
    const Document reply =
        co_await tools_.session->call(retrieve_task(tools_.session->service(), task), files, conversation);
    const TaskState state = read_task(reply);
    if (state.progress != TaskState::Progress::running) co_return state;
    if (tools_.loop.is_sleepless()) throw Error(ErrorKind::cancelled, "the search was ended");
    co_await tools_.loop.sleep(pause);
    pause = std::min(pause * 2, pace_.slowest);
  }
}

/// What the server answers does not matter.
reactor::Task<> DatastoreBrowser::cancel(Reference task) {
  try {
    co_await tools_.session->call(cancel_task(task));
  } catch (const Error& error) {
    tools_.log.info("cancelling a search failed: {}", error.message());
  }
}

}  // namespace rimfs::catalog::vsphere
