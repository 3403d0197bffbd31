// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "base/thread_safety.h"
#include "catalog/vsphere/folder_url.h"

namespace rimfs::catalog::vsphere {

/// What a server was seen to accept of the spellings of its URLs. A request that succeeds proves each member of its
/// spelling that shows in its URL; only the others are tried differently after a 404. So a missing file costs one
/// request once the server is known. Any thread.
class SpellingMemory {
 public:
  /// The spelling that is used first.
  Spelling present() const;
  /// What to try for this place, in this order: present(), then what no success has ruled out.
  std::vector<Spelling> to_try(const Place& place, bool folder) const;
  /// A request for this place, spelled so, has succeeded. Returns true when it is not the spelling used before.
  bool worked(const Place& place, bool folder, const Spelling& spelling);

 private:
  mutable Mutex mutex_;
  Spelling present_ RIMFS_GUARDED_BY(mutex_);
  Spelling proven_ RIMFS_GUARDED_BY(mutex_){false, false, false, false};  // true: the member of present_ is proven
};

}  // namespace rimfs::catalog::vsphere
