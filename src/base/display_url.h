// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace rimfs {

/// A URL for display. Parts that may be secret are omitted, so several addresses can look the same. It therefore cannot
/// be compared, ordered or hashed, and cannot be a key; ImageId is the key. A plain value.
class DisplayUrl {
 public:
  DisplayUrl() = default;
  explicit DisplayUrl(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }

  friend bool operator==(const DisplayUrl&, const DisplayUrl&) = delete;
  friend auto operator<=>(const DisplayUrl&, const DisplayUrl&) = delete;

 private:
  std::string text_;
};

}  // namespace rimfs

/// Formats the URL for messages and logs.
template <>
struct fmt::formatter<rimfs::DisplayUrl> : fmt::formatter<std::string_view> {
  auto format(const rimfs::DisplayUrl& url, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(url.text(), context);
  }
};
