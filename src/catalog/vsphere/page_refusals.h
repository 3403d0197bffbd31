// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

namespace rimfs::catalog::vsphere {

/// Remembers which datastores show this user no pages, so that not every listing asks in vain. The page of one folder
/// may be refused alone: a system folder is. So a datastore counts as refused once its top folder is, or two of its
/// folders are, and no page was shown since; after ten minutes it is tried again. Pure; one thread.
class PageRefusals {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kForgottenAfter{10};

  bool are_refused(const std::string& datastore, Time now) const {
    const auto found = refusals_.find(datastore);
    if (found == refusals_.end() || now - found->second.last >= kForgottenAfter) return false;
    const std::set<std::string>& folders = found->second.folders;
    return folders.contains("") || folders.size() >= 2;
  }
  /// `folder`: its path in the datastore, empty for the top folder.
  void refused(const std::string& datastore, const std::string& folder, Time now) {
    Refusal& refusal = refusals_[datastore];
    if (refusal.folders.size() < 2) refusal.folders.insert(folder);
    refusal.last = now;
  }
  void shown(const std::string& datastore) { refusals_.erase(datastore); }

 private:
  struct Refusal {
    std::set<std::string> folders;  // two at most: more tell nothing new
    Time last;
  };
  std::map<std::string, Refusal> refusals_;
};

}  // namespace rimfs::catalog::vsphere
