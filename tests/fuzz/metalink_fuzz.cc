// SPDX-License-Identifier: MIT
// Any bytes as a Metalink document. Checks that names are safe, that places are http or https without a login, that
// memory is bounded by the input, and that pieces make no difference.
#include "catalog/metalink/metalink.h"

#include "fuzz.h"
#include "http/url.h"
#include "pieces.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::catalog::metalink;

const std::string kUrl = "https://host/disk.img.meta4";

/// Nothing when it is refused.
std::optional<Metalink> read(const Pieces& document) {
  try {
    return read_metalink(document, kUrl);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt);
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto whole = read(one_piece(text));
  const auto cut = read(small_pieces(text));
  require(whole.has_value() == cut.has_value());
  if (!whole) return 0;
  require(whole->entries.size() == cut->entries.size() && whole->entries.size() <= text.size());
  for (const catalog::Entry& entry : whole->entries) {
    require(!entry.name.empty() && entry.name.size() <= 255 && entry.name != "." && entry.name != "..");
    require(entry.name.find('/') == std::string::npos && entry.name.find('\0') == std::string::npos);
    const MetalinkFile& file = whole->files.at(entry.key);
    require(!file.urls.empty() && file.urls.size() <= kMostUrls);
    for (const std::string& url : file.urls) require(http::is_https(url));
  }
  return 0;
}
