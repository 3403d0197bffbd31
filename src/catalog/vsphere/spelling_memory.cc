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

/// The members of `spelling` that a request for this place, spelled so, proves by its success.
Spelling proven_by(const Place& place, bool folder, const Spelling& spelling) {
  const auto has_percent = [](const std::string& name) { return tells(name, "%"); };
  const bool path_tells = spelling.path_twice || std::any_of(place.path.begin(), place.path.end(), has_percent);
  const bool query_tells =
      spelling.query_twice || tells(place.datacenter->dc_path, "%+") || tells(place.datastore->name, "%+");
  Spelling proven{query_tells, path_tells, true, true};
  const std::string target = folder_target(place, folder, spelling);
  for (const auto member : kMembers) {
    Spelling other = spelling;
    other.*member = !(other.*member);
    if (folder_target(place, folder, other) == target) proven.*member = false;
  }
  return proven;
}

}  // namespace

Spelling SpellingMemory::present() const {
  const MutexLock lock(mutex_);
  return present_;
}

std::vector<Spelling> SpellingMemory::to_try(const Place& place, bool folder) const {
  Spelling present;
  Spelling proven;
  {
    const MutexLock lock(mutex_);
    present = present_;
    proven = proven_;
  }
  std::vector<Spelling> spellings = spellings_of(place, folder, present);
  std::erase_if(spellings, [&](const Spelling& one) {
    return std::any_of(kMembers.begin(), kMembers.end(),
                       [&](auto member) { return proven.*member && one.*member != present.*member; });
  });
  return spellings;
}

bool SpellingMemory::worked(const Place& place, bool folder, const Spelling& spelling) {
  const Spelling proven = proven_by(place, folder, spelling);
  const MutexLock lock(mutex_);
  const bool is_new = spelling != present_;
  present_ = spelling;
  for (const auto member : kMembers) proven_.*member |= proven.*member;
  return is_new;
}

}  // namespace rimfs::catalog::vsphere
