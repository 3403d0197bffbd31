// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace rimfs {

/// A URL as people see it: what may be secret is left out, so that several addresses look the same. It cannot be
/// compared, ordered or hashed, so that nothing is keyed by it; an ImageId is for that. A plain value.
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

/// For messages and logs.
template <>
struct fmt::formatter<rimfs::DisplayUrl> : fmt::formatter<std::string_view> {
  auto format(const rimfs::DisplayUrl& url, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(url.text(), context);
  }
};
