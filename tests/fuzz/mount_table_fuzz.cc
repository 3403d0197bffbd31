// SPDX-License-Identifier: MIT
// Any bytes as the kernel's table of mounts, whose paths and types other programs chose. Checks that every entry is
// whole, and is found again by its path.
#include "fs/mount_table.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  const auto mounts = fs::parse_mount_table({reinterpret_cast<const char*>(data), size});
  require(mounts.size() <= size);
  for (const fs::MountEntry& mount : mounts) {
    require(mount.path.size() <= size);
    require(fs::find_mount(mounts, mount.path).has_value());
  }
  return 0;
}
