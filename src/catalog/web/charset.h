// SPDX-License-Identifier: MIT
#pragma once

#include <iconv.h>

#include <memory>
#include <string>
#include <string_view>

namespace rimfs::catalog {

/// Decodes the names of a page whose character set is not UTF-8. The links of such a page are requested with their path
/// in UTF-8, as browsers do (URL standard, section 4.4). Servers mislabel pages: text that is valid UTF-8 is taken for
/// that, whatever the label says.
///
/// Only character sets that web pages have are known, by the labels of the Encoding standard (section 4.2), and of
/// those only such as extend ASCII and have no states: so each value can be decoded alone, and a server cannot choose
/// among all of the C library's converters. One thread.
class Charset {
 public:
  /// `label`: as a Content-Type or a page names it; may be empty.
  explicit Charset(std::string_view label);

  /// True when text that is not UTF-8 can be decoded.
  bool is_known() const { return converter_ != nullptr; }
  /// `text` in UTF-8. Unchanged when it is valid UTF-8 already, or when the character set is not known. Bytes that mean
  /// nothing become U+FFFD.
  std::string in_utf8(std::string text);

 private:
  struct Close {
    void operator()(void* converter) const { iconv_close(converter); }
  };
  std::unique_ptr<void, Close> converter_;
};

/// The value of the parameter charset in a Content-Type: "text/html; charset=koi8-r"; empty when there is none. Pure.
std::string charset_label(std::string_view content_type);

}  // namespace rimfs::catalog
