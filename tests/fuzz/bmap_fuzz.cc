// SPDX-License-Identifier: MIT
// Any bytes as a bmap file: as they are, and with "@" replaced by the checksum of the file, which no fuzzer guesses.
// Checks that all ranges lie in the image, in order and apart, and that the map survives being written.
#include "extents/digest.h"
#include "image_map.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;

void check_file(std::string_view text) {
  const auto map = accepted(ErrorKind::corrupt, [&] { return extents::read_bmap(text); });
  if (!map) return;
  check_map(*map, text.size());
  check_written(*map);
}

std::string with_checksum(std::string text, std::size_t at) {
  std::optional<extents::Digest> digest = extents::Digest::of("sha256");
  const std::size_t digits = digest->digits();
  text.replace(at, 1, std::string(digits, '0'));
  digest->add(text);
  return text.replace(at, digits, digest->hex());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_file(text);
  if (const std::size_t at = text.find('@'); at != std::string::npos) check_file(with_checksum(text, at));
  return 0;
}
