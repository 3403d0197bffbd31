// SPDX-License-Identifier: MIT
// Any bytes as a web server's listing in HTML, of an ordinary folder and of a vSphere server's datastore. Checks that
// all entries stay on the server under safe and distinct names, that what is kept of a page is bounded, and that it
// does not matter where the page is cut.
#include "catalog/vsphere/refusal_reason.h"
#include "catalog/web/html_index.h"
#include "catalog/web/web_index.h"
#include "listing.h"
#include "pieces.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;

constexpr std::string_view kOrigin = "https://server:8443/";

std::optional<catalog::Entries> read(const Pieces& html, const std::string& url) {
  try {
    return catalog::read_index(html, "text/html", url);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::denied || error.kind() == ErrorKind::corrupt);
    return std::nullopt;
  }
}

void check_listing(const std::string& html, const std::string& url) {
  const auto entries = read(one_piece(html), url);
  const auto again = read(small_pieces(html), url);
  require(entries.has_value() == again.has_value());
  if (!entries) return;
  check_entries(*entries, html.size(), kOrigin);
  require(same_entries(*entries, *again));
}

/// As the page of a refusal: its text is shorter than the page, and what is shown of it is short.
void check_refusal(std::string_view html) {
  require(catalog::vsphere::text_of_page(html).size() <= html.size());
  const http::Rejection plain{ErrorKind::corrupt, true, "500"};
  require(catalog::vsphere::explain_refusal(plain, 500, html).reason.size() <= 400);
}

void check_page(std::string_view html) {
  const catalog::Page page = catalog::read_page(html);
  std::size_t text = 0;
  for (const catalog::PageLink& link : page.links) {
    require(link.details.size() <= 512);
    require(link.text.size() <= 512);
    text += link.href.size();
    const catalog::Details details = catalog::read_details(link.details);
    require(!details.size || details.size->value <= INT64_MAX);
  }
  require(page.links.size() <= html.size());
  require(text <= 4 * html.size());  // another encoding may need more bytes in UTF-8
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string html(reinterpret_cast<const char*>(data), size);
  check_page(html);
  check_refusal(html);
  check_listing(html, "https://server:8443/images/a%20b/");
  check_listing(html, "https://server:8443/folder/vm?dcPath=dc&dsName=store");
  check_listing(html, "https://server:8443/folder");
  return 0;
}
