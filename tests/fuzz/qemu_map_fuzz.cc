// SPDX-License-Identifier: MIT
// Any bytes as the JSON of `qemu-img map`. Checks that all ranges lie in the image, in order and apart, and that the
// map survives being written.
#include "image_map.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto map = accepted(ErrorKind::corrupt, [&] { return extents::read_qemu_map(text); });
  if (!map) return 0;
  check_map(*map, size);
  check_written(*map);
  return 0;
}
