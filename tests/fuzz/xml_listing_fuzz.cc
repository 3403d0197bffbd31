// SPDX-License-Identifier: MIT
// Any bytes as a web server's listing in XML. Checks that all entries lie in the folder under safe and distinct names,
// and that it does not matter where the text is cut.
#include "catalog/web/web_index.h"
#include "listing.h"
#include "pieces.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;

std::optional<catalog::Entries> read(const Pieces& xml) {
  return accepted(ErrorKind::corrupt,
                  [&] { return catalog::read_index(xml, "text/xml", "https://server:8443/images/?sort=name"); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  const auto entries = read(one_piece(xml));
  const auto again = read(small_pieces(xml));
  require(entries.has_value() == again.has_value());
  if (!entries) return 0;
  check_entries(*entries, xml.size(), "https://server:8443/images/");
  require(same_entries(*entries, *again));
  return 0;
}
