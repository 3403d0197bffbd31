// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

namespace rimfs {

/// A password, token or cookie. It cannot be printed or compared by accident: the text comes out only through
/// reveal(), whose few callers hand it to libcurl. Overwritten when it is destroyed, as far as the library's
/// string allows.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }

 private:
  void wipe() {
    volatile char* bytes = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = '\0';
  }

  std::string text_;
};

}  // namespace rimfs
