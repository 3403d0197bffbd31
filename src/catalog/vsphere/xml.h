// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// libxml2's own names; its headers stay in xml.cc.
struct _xmlDoc;   // NOLINT(bugprone-reserved-identifier)
struct _xmlNode;  // NOLINT(bugprone-reserved-identifier)

namespace rimfs::catalog::vsphere {

/// An element of a parsed document, or none: asking none for children gives none again, so that a path can be followed
/// without a check at each step. Names are local: namespaces differ between servers. Valid while its Document lives.
class Element {
 public:
  Element() = default;
  explicit Element(_xmlNode* node) : node_(node) {}

  explicit operator bool() const { return node_ != nullptr; }
  std::string name() const;
  /// All text below it.
  std::string text() const;
  /// The attribute xsi:type (with_namespace) or type, without a prefix of its value; empty when there is none.
  std::string type(bool with_namespace) const;

  Element child(std::string_view name) const;
  std::vector<Element> children() const;
  std::vector<Element> children(std::string_view name) const;
  /// The first element of this name anywhere below.
  Element find(std::string_view name) const;

 private:
  _xmlNode* node_ = nullptr;
};

/// A parsed XML document. Immutable.
class Document {
 public:
  /// Throws Error{corrupt} for what is no XML or defines entities. Loads nothing from anywhere.
  explicit Document(std::string_view xml);

  Element root() const;

 private:
  struct Free {
    void operator()(_xmlDoc* document) const;
  };
  std::unique_ptr<_xmlDoc, Free> document_;
};

/// `text` with what XML reserves escaped, for element content and attributes.
std::string xml_escape(std::string_view text);

}  // namespace rimfs::catalog::vsphere
