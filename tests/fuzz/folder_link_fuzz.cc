// SPDX-License-Identifier: MIT
// The first line as the address of a page, all further ones as its links. Checks that an entry lies on the page's
// server, that its name is safe, and that its address can be read again.
#include "catalog/web/folder_links.h"

#include "fuzz.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  Input input(data, size);
  // The address of a page comes from libcurl or from the user, both of which leave nothing unsafe in it.
  const std::string page = http::encode_unsafe(input.line());
  const auto links = accepted(ErrorKind::misuse, [&] { return catalog::FolderLinks(page); });
  if (!links) return 0;
  const std::string origin = http::origin_of(page);
  if (!has_no_controls(origin)) return 0;  // libcurl decodes the name of a host; there is no such host
  while (!input.empty()) {
    const std::string href = input.line();
    const std::optional<catalog::Entry> entry = links->entry(href);
    if (!entry) continue;
    require(is_safe_name(entry->name));
    require(http::origin_of(entry->key) == origin);
    require(has_no_controls(entry->key) && entry->key.find(' ') == std::string::npos);
    // libcurl encodes the percent signs of a host's name, too.
    require(entry->key.size() <= 3 * (page.size() + href.size()) + 64);
  }
  return 0;
}
