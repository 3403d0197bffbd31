// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pieces.h"
#include "base/units.h"

namespace rimfs::catalog {

/// A link of a page and the text that follows it, up to the next link or the end of its row.
struct PageLink {
  std::string href;
  std::string text;  ///< What the link is called, as far as it fits a name.
  std::string details;
};

/// What a page says, as far as a listing needs it.
struct Page {
  std::vector<PageLink> links;
  bool asks_for_password = false;  ///< It is a login page rather than a listing.
};

/// What takes the links of a page.
class LinkSink {
 public:
  virtual ~LinkSink() = default;
  /// The URL that the links which follow are relative to (HTML standard, section 4.2.3), as written; at most once.
  virtual void base(const std::string& href) = 0;
  virtual void link(PageLink link) = 0;
};

/// Reads any HTML, however broken, as a stream: each link is handed over as soon as its details are complete, in UTF-8.
/// `charset`: the character set that the server names; when it is empty, the page's own. Returns whether the page asks
/// for a password. Throws only what `sink` throws. Pure.
bool read_page(const Pieces& html, std::string_view charset, LinkSink& sink);
/// The same for a page in memory, without its base.
Page read_page(std::string_view html);

/// What a row of a listing says of a file: "03-Feb-2024 04:05  17". Pure.
struct Details {
  bool no_size = false;                  ///< "-" stands for the size: that of a folder, on most servers.
  std::optional<ByteCount> size;         ///< Nothing for a rounded one ("1.2M").
  std::optional<std::int64_t> modified;  ///< Seconds since 1970; listings are taken to be in UTC.
};
/// Understands the dates of nginx, Apache, lighttpd and vSphere.
Details read_details(std::string_view text);

}  // namespace rimfs::catalog
