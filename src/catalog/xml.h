// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/pieces.h"

namespace rimfs::catalog {

/// One element as it is kept. Use Element to look at it.
struct XmlNode {
  std::string name;                                             ///< Local: namespaces differ between servers.
  std::string text;                                             ///< Its own, without that of its children.
  std::string type;                                             ///< The attribute type, without a prefix of its value.
  std::string type_of_schema;                                   ///< The same for xsi:type.
  std::vector<std::pair<std::string, std::string>> attributes;  ///< Local names and values of all others.
  std::vector<XmlNode> children;
};

/// An element of a document, or none: asking none for children gives none again, so that a path can be followed
/// without a check at each step. Valid while its Document lives.
class Element {
 public:
  Element() = default;
  explicit Element(const XmlNode* node) : node_(node) {}

  explicit operator bool() const { return node_ != nullptr; }
  std::string name() const { return node_ ? node_->name : std::string(); }
  /// All text below it: its own first.
  std::string text() const;
  /// The attribute xsi:type (with_namespace) or type, without a prefix of its value; empty when there is none.
  std::string type(bool with_namespace) const;
  /// The value of another attribute, by its local name; empty when there is none.
  std::string attribute(std::string_view name) const;

  Element child(std::string_view name) const;
  std::vector<Element> children() const;
  std::vector<Element> children(std::string_view name) const;
  /// The first element of this name anywhere below.
  Element find(std::string_view name) const;

 private:
  const XmlNode* node_ = nullptr;
};

/// Elements that a reply may hold any number of: each is handed over when it is complete, on the thread that reads the
/// document, and is not kept.
struct Records {
  Records() = default;
  Records(std::string element, std::function<void(const Element&)> on_record)
      : Records(std::vector<std::string>{std::move(element)}, std::move(on_record)) {}
  Records(std::vector<std::string> elements, std::function<void(const Element&)> on_record)
      : names(std::move(elements)), take(std::move(on_record)) {}

  std::vector<std::string> names;
  std::function<void(const Element&)> take;
  /// Elements of records that are left out, with all below them, whatever their number.
  std::vector<std::string> skipped = {};
};

/// How much of one document is kept. Throws Error{corrupt} that names the limit it is beyond.
struct XmlLimits {
  std::size_t elements = 20'000;            ///< Outside of records, and in one record.
  std::size_t text = std::size_t{4} << 20;  ///< Bytes, outside of records and in one record.
  unsigned depth = 64;                      ///< Elements in one another.
};

/// An XML document, read as a stream (libxml2's xmlTextReader): memory is proportional to what is kept, time to its
/// length. Immutable.
class Document {
 public:
  /// Throws Error{corrupt} for what is no XML, defines entities, or is beyond a limit. Loads nothing from anywhere.
  Document(const Pieces& xml, const Records& records, const XmlLimits& limits = XmlLimits());
  /// The same for a document in memory, without records.
  explicit Document(std::string_view xml);

  Element root() const { return Element(root_.get()); }

 private:
  std::unique_ptr<XmlNode> root_;
};

/// `text` with what XML reserves escaped, for element content and attributes.
std::string xml_escape(std::string_view text);

}  // namespace rimfs::catalog
