// SPDX-License-Identifier: MIT
#include "formats/vdi.h"

namespace rimfs::formats {

bool vdi_tables(Survey& survey) {
  constexpr std::uint32_t kSignature = 0xbeda107f;
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  if (little_endian<std::uint32_t>(first, 0x40) != kSignature) return false;
  const auto map = little_endian<std::uint32_t>(first, 0x154);
  const auto blocks = little_endian<std::uint32_t>(first, 0x180);
  survey.fetch(map, times(blocks, 4));
  return true;
}

}  // namespace rimfs::formats
