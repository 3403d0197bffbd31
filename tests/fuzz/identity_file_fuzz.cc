// SPDX-License-Identifier: MIT
// Any bytes as the file that says what a store of the disk cache holds. Checks that only sizes which a cache can have
// are taken.
#include <bit>

#include "cache/disk/folder.h"
#include "fuzz.h"
#include "scratch_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  static const ScratchFolder scratch;
  static const cache::disk::Folder folder(scratch.path());
  static const bool made = std::filesystem::create_directory(scratch.file("images/store"));
  require(made);
  scratch.put("images/store/identity", {reinterpret_cast<const char*>(data), size});
  for (const cache::disk::Folder::Found& found : folder.stores()) {
    require(!found.key.size.is_zero() && found.key.size.value <= INT64_MAX);
    require(std::has_single_bit(found.block_size.value));
    require(found.block_size >= 4_KiB && found.block_size <= 1_GiB);
    require(found.key.url.text().size() <= size && found.key.etag.size() <= size);
  }
  return 0;
}
