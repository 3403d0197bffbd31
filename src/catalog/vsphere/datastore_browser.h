// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "catalog/vsphere/conversation.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/server_tools.h"
#include "catalog/vsphere/soap.h"

namespace rimfs::catalog::vsphere {

/// How often a search is asked how far it is, and how long it may take. A plain value.
struct SearchPace {
  std::chrono::milliseconds first{10};     ///< Between the first two questions; each further one doubles it,
  std::chrono::milliseconds slowest{500};  ///< up to this.
  std::chrono::seconds longest = ConversationLimits().time;
};

/// Asks a datastore's browser what is in a folder: a task of the server, which takes from a fraction of a second to
/// several seconds. Reactor only.
class DatastoreBrowser {
 public:
  /// What the tools refer to outlives the browser.
  explicit DatastoreBrowser(const ServerTools& tools, SearchPace pace = SearchPace()) : tools_(tools), pace_(pace) {}

  /// What is in the folder at `place`, whose datastore is not null. Throws Error: missing when there
  /// is no such folder, denied when the user may not browse, unsupported for any other refusal.
  reactor::Task<std::vector<FoundFile>> search(const Place& place, Queries queries = Queries::folders_and_files);

 private:
  enum class Outcome { found, vanished };
  reactor::Task<Outcome> search_once(std::string request, const std::string& path, std::vector<FoundFile>& found);
  reactor::Task<TaskState> finished(Reference task, const Records& files, Conversation& conversation);
  reactor::Task<> cancel(Reference task);

  const ServerTools tools_;
  const SearchPace pace_;
};

}  // namespace rimfs::catalog::vsphere
