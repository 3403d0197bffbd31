// SPDX-License-Identifier: MIT
#include "extents/image_map.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "extents/digest.h"

namespace rimfs::extents {

Error bad_map(std::string_view why) { return {ErrorKind::corrupt, fmt::format("the map cannot be used: {}", why)}; }

ImageMap read_image_map(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::string_view content = trimmed(text);
  const char begins = content.empty() ? '\0' : content.front();
  if (begins == '[') return read_qemu_map(text);
  if (begins == '<') return read_bmap(text);
  throw bad_map("it is neither the JSON of qemu-img map nor a bmap file");
}

std::string digest_of(const ImageMap& map) {
  std::optional<Digest> digest = Digest::of("sha256");
  if (!digest) throw Error(ErrorKind::system, "libcrypto has no SHA-256");
  digest->add(fmt::format("{}\n", map.size.value));
  for (const ByteRange& zero : map.zeros) digest->add(fmt::format("{} {}\n", zero.begin.value, zero.end.value));
  return digest->hex();
}

}  // namespace rimfs::extents
