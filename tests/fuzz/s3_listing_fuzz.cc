// SPDX-License-Identifier: MIT
// Any bytes as a page of an S3 bucket's listing, as an error, and as the answers that give credentials. Checks that
// names are safe, that memory is bounded by the input, and that pieces make no difference.
#include "catalog/s3/bucket_listing.h"
#include "catalog/s3/credential_replies.h"
#include "catalog/s3/refusals.h"
#include "fuzz.h"
#include "pieces.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::catalog;
using namespace rimfs::catalog::s3;

struct Read {
  Page page;
  Entries entries;
  HiddenKeys hidden;
};

std::optional<Read> read(const Pieces& xml, Dialect dialect, const std::string& prefix) {
  return accepted(ErrorKind::corrupt, [&] {
    EntryList list;
    Read result;
    result.page = read_page(xml, dialect, prefix, list, result.hidden);
    result.entries = list.take();
    return result;
  });
}

void check_page(const std::string& xml, Dialect dialect, const std::string& prefix) {
  const std::optional<Read> whole = read(one_piece(xml), dialect, prefix);
  const std::optional<Read> cut = read(small_pieces(xml), dialect, prefix);
  require(whole.has_value() == cut.has_value());
  if (!whole) return;
  require(whole->entries.size() == cut->entries.size());
  require(whole->entries.size() + whole->hidden.count <= xml.size());
  require(whole->page.next.size() <= xml.size());
  for (const Entry& entry : whole->entries) {
    require(!entry.name.empty() && entry.name.size() <= 255 && entry.name != "." && entry.name != "..");
    require(entry.name.find('/') == std::string::npos && entry.name.find('\0') == std::string::npos);
    require(entry.key.starts_with(prefix) && entry.key.size() > prefix.size());
    require(entry.folder == entry.key.ends_with('/'));
  }
  require(listing_query(dialect, prefix, whole->page.next).find_first_of(" #\r\n") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_page(text, {}, "");
  check_page(text, {false, true}, "a/");
  require(read_error(text).code.size() <= size);
  const http::Rejection refusal = explain_refusal(http::of_status(403), 403, text);
  require(refusal.reason.size() < 4096);
  accepted(ErrorKind::denied, [&] { return read_json_lease(text, "Token").key.id.size(); });
  accepted(ErrorKind::denied, [&] { return read_sts_lease(text).key.id.size(); });
  expiration_of(text.substr(0, text.find('\0')));
  return 0;
}
