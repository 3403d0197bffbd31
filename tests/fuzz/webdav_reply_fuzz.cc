// SPDX-License-Identifier: MIT
// Any bytes as a reply to PROPFIND. Checks that names are safe, that keys are in the folder, that memory is bounded by
// the input, and that pieces make no difference.
#include "catalog/webdav/multistatus.h"
#include "fuzz.h"
#include "http/url.h"
#include "pieces.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::catalog;
using namespace rimfs::catalog::webdav;

const std::string kUrl = "http://host/dav/a%20b";

/// Nothing when it is refused.
std::optional<Multistatus> read(const Pieces& xml) {
  try {
    return read_multistatus(xml, kUrl);
  } catch (const Error& error) {
    require(error.kind() != ErrorKind::system && error.kind() != ErrorKind::cancelled);
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::optional<Multistatus> whole = read(one_piece(text));
  const std::optional<Multistatus> cut = read(small_pieces(text));
  require(whole.has_value() == cut.has_value());
  if (!whole) return 0;
  require(whole->members.size() == cut->members.size());
  require(whole->members.size() + whole->hidden.count <= text.size());
  for (const Entry& entry : whole->members) {
    require(!entry.name.empty() && entry.name.size() <= 255 && entry.name != "." && entry.name != "..");
    require(entry.name.find('/') == std::string::npos && entry.name.find('\0') == std::string::npos);
    require(entry.key.starts_with(kUrl + "/") && entry.folder == entry.key.ends_with('/'));
    require(entry.key.find_first_of(" ?#\r\n") == std::string::npos);
    require(http::decoded_path_parts(http::path_and_query(entry.key).path).size() == 3);
  }
  return 0;
}
