// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace rimfs {

/// Looks at XML before libxml2 does, piece by piece. libxml2 compares each attribute of a tag with all before it, so
/// 100,000 attributes cost seconds: check() throws Error{corrupt} for a tag of more than `longest` bytes. Knows of XML
/// only where tags begin and end; what is no XML is libxml2's to refuse. One thread.
class XmlGuard {
 public:
  /// The longest tags of SOAP are envelopes with a dozen namespaces: 1 KiB.
  explicit XmlGuard(std::size_t longest = 4096) : longest_(longest) {}

  void check(std::string_view piece);

 private:
  enum class State { text, opened, tag, quoted, declaration };

  const std::size_t longest_;
  State state_ = State::text;
  char quote_ = '"';
  std::size_t length_ = 0;  // of the tag so far
};

}  // namespace rimfs
