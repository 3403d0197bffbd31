// SPDX-License-Identifier: MIT
// Any bytes as a zip archive. The index is the same for all windows.
#include "archive.h"
#include "archives/archive_kind.h"

namespace {

using namespace rimfs;
using fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes archive = std::as_bytes(std::span(data, size));
  const ByteCount count{size};
  const auto index = fuzz::read_index(archives::make_zip_reader(count, fuzz::kFewMembers), archive, 0);
  require(index == fuzz::read_index(archives::make_zip_reader(count, fuzz::kFewMembers), archive, 100));
  require(index == fuzz::read_index(archives::make_zip_reader(count, fuzz::kFewMembers), archive, size));
  return 0;
}
