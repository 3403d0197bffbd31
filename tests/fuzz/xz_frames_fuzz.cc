// SPDX-License-Identifier: MIT
// Any bytes as an xz file, and as one of its blocks. Checks that the table lies within the file, that it does not
// depend on the windows in which the file comes, and that what is decompressed has the stated size.
#include "compressed_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using rimfs::archives::Compression;
  constexpr std::uint32_t kNoCheck = 0;
  const auto input = std::as_bytes(std::span(data, size));
  rimfs::fuzz::check_compressed_file(Compression::xz, input);
  rimfs::fuzz::check_single_frame(Compression::xz, input, kNoCheck);
  return 0;
}
