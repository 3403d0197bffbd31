// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "catalog/vsphere/session.h"
#include "catalog/vsphere/soap.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"

namespace rimfs::catalog::vsphere {

/// Asks a datastore's browser what is in a folder: a task of the server, which takes from a fraction of a second to
/// several seconds. Reactor only.
class DatastoreBrowser {
 public:
  /// The references outlive the browser.
  DatastoreBrowser(std::shared_ptr<Session> session, reactor::EventLoop& loop, reactor::Offload& pool, Log& log);

  /// What is in a folder. `browser`: of the datastore. `path`: "[DATASTORE] FOLDER". Throws Error: missing when there
  /// is no such folder, denied when the user may not browse, unsupported for any other refusal.
  reactor::Task<std::vector<FoundFile>> search(Reference browser, std::string path);

 private:
  enum class Outcome { found, vanished };
  reactor::Task<Outcome> search_once(const Reference& browser, const std::string& path, std::vector<FoundFile>& found);
  reactor::Task<TaskState> finished(Reference task, const Records& files, Conversation& conversation);
  reactor::Task<> cancel(Reference task);

  const std::shared_ptr<Session> session_;
  reactor::EventLoop& loop_;
  reactor::Offload& pool_;
  Log& log_;
};

}  // namespace rimfs::catalog::vsphere
