// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace rimfs {

/// Checks XML piece by piece before libxml2 parses it. libxml2 compares each attribute of a tag with all earlier ones,
/// so 100,000 attributes take seconds. check() throws Error{corrupt} for a tag of more than `longest` bytes. It detects
/// only where tags begin and end; libxml2 rejects invalid XML. One thread.
class XmlGuard {
 public:
  /// The longest tags of SOAP are envelopes with a dozen namespaces: about 1 KiB.
  explicit XmlGuard(std::size_t longest = 4096) : longest_(longest) {}

  void check(std::string_view piece);

 private:
  enum class State { text, opened, tag, quoted, declaration };

  const std::size_t longest_;
  State state_ = State::text;
  char quote_ = '"';
  std::size_t length_ = 0;  // length of the current tag
};

}  // namespace rimfs
