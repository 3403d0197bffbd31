// SPDX-License-Identifier: MIT
#include "catalog/vsphere/spelling_memory.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace rimfs::catalog::vsphere {
namespace {

constexpr std::array kMembers = {&Spelling::query_twice, &Spelling::path_twice, &Spelling::leading_slash,
                                 &Spelling::folder_slash};

/// A name that was encoded once reads the same after one decoding and after two, unless it holds one of `telling`.
bool tells(const std::string& name, std::string_view telling) {
  return name.find_first_of(telling) != std::string::npos;
}

/// True when only this spelling of the path can have led to the file.
bool proves_path(const Place& place, const Spelling& spelling) {
  const auto has_percent = [](const std::string& name) { return tells(name, "%"); };
  return spelling.path_twice || std::any_of(place.path.begin(), place.path.end(), has_percent);
}

/// The same of the query.
bool proves_query(const Place& place, const Spelling& spelling) {
  return spelling.query_twice || tells(place.datacenter->dc_path, "%+") || tells(place.datastore->name, "%+");
}

}  // namespace

Spelling SpellingMemory::present() const {
  const MutexLock lock(mutex_);
  return present_;
}

std::vector<Spelling> SpellingMemory::to_try(const Place& place, bool folder) const {
  const MutexLock lock(mutex_);
  std::vector<Spelling> spellings = spellings_of(place, folder, present_);
  const auto is_ruled_out = [this](const Spelling& one) RIMFS_REQUIRES(mutex_) {
    return std::any_of(kMembers.begin(), kMembers.end(),
                       [&](auto member) { return proven_.*member && one.*member != present_.*member; });
  };
  std::erase_if(spellings, is_ruled_out);
  return spellings;
}

bool SpellingMemory::worked(const Place& place, bool folder, const Spelling& spelling) {
  const MutexLock lock(mutex_);
  const bool is_new = spelling != present_;
  present_ = spelling;
  for (const auto member : kMembers) {
    Spelling other = spelling;
    other.*member = !(other.*member);
    const std::string server = "https://server/";
    const bool shows = folder_url(server, place, folder, other) != folder_url(server, place, folder, spelling);
    const bool tells_encoding = (member != &Spelling::path_twice || proves_path(place, spelling)) &&
                                (member != &Spelling::query_twice || proves_query(place, spelling));
    if (shows && tells_encoding) proven_.*member = true;
  }
  return is_new;
}

}  // namespace rimfs::catalog::vsphere
