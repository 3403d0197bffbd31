// SPDX-License-Identifier: MIT
#include "catalog/xml.h"

#include <fmt/format.h>
#include <libxml/xmlreader.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/work.h"
#include "base/xml_guard.h"

namespace rimfs::catalog {
namespace {

constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kNamespaces = "http://www.w3.org/2000/xmlns/";

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

/// Hands the pieces of a document to libxml2. Exceptions must not cross its frames, so the first one is kept.
class Input {
 public:
  explicit Input(const Pieces& pieces) : pieces_(pieces) {}

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  static int read(void* self, char* buffer, int size) noexcept {
    return static_cast<Input*>(self)->fill(buffer, static_cast<std::size_t>(size));
  }

 private:
  int fill(char* buffer, std::size_t size) noexcept {
    try {
      if (left_.empty()) {
        left_ = pieces_();
        guard_.check(left_);
      }
    } catch (...) {
      failure_ = std::current_exception();
      return -1;
    }
    const std::size_t count = std::min(size, left_.size());
    std::copy_n(left_.data(), count, buffer);
    left_.remove_prefix(count);
    return static_cast<int>(count);
  }

  const Pieces& pieces_;
  std::string_view left_;
  XmlGuard guard_;
  std::exception_ptr failure_;
};

/// Builds the tree that a Document keeps.
class TreeReader {
 public:
  TreeReader(const Pieces& xml, const Records& records, const XmlLimits& limits)
      : input_(xml), records_(records), limits_(limits), reader_(open(input_)) {
    if (!reader_) throw Error(ErrorKind::system, "libxml2 has no memory for a reply");
  }

  std::unique_ptr<XmlNode> read() {
    while (next()) {
      switch (xmlTextReaderNodeType(reader_.get())) {
        case XML_READER_TYPE_DOCUMENT_TYPE:
          // SOAP forbids it, S3 has none, and its entities can make gigabytes of a few bytes.
          throw Error(ErrorKind::corrupt, "the server's answer holds a document type");
        case XML_READER_TYPE_ELEMENT:
          skips_ = record_ && is_one_of(records_.skipped);
          if (skips_) break;
          begin();
          if (xmlTextReaderIsEmptyElement(reader_.get()) != 0) end();
          break;
        case XML_READER_TYPE_END_ELEMENT:
          end();
          break;
        case XML_READER_TYPE_TEXT:
        case XML_READER_TYPE_CDATA:
        case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        case XML_READER_TYPE_WHITESPACE:
          add_text();
          break;
        default:
          break;
      }
    }
    if (!root_) no_xml();
    return std::move(root_);
  }

 private:
  struct Free {
    void operator()(xmlTextReader* reader) const { xmlFreeTextReader(reader); }
  };
  using Reader = std::unique_ptr<xmlTextReader, Free>;

  /// What is kept of the document, or of the record that is being read.
  struct Kept {
    std::size_t elements = 0;
    std::size_t text = 0;
  };

  static Reader open(Input& input) {
    constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    return Reader(xmlReaderForIO(&Input::read, nullptr, &input, nullptr, nullptr, kOptions));
  }
  [[noreturn]] static void no_xml() { throw Error(ErrorKind::corrupt, "the server's answer is not XML"); }

  bool next() {
    // The next node is the one after the element, or the first one in it.
    const bool skips = std::exchange(skips_, false);
    const int found = skips ? xmlTextReaderNext(reader_.get()) : xmlTextReaderRead(reader_.get());
    input_.rethrow();
    if (found < 0) no_xml();
    return found > 0;
  }

  /// Of the node that was read last.
  bool is_one_of(const std::vector<std::string>& names) const {
    const std::string_view name = view(xmlTextReaderConstLocalName(reader_.get()));
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  Kept& kept() { return record_ ? in_record_ : outside_; }

  /// What indents elements is no text. Of an element without children it may be: a file can be called " ".
  void drop_indentation(XmlNode& node) {
    if (node.text.find_first_not_of(" \t\r\n") != std::string::npos) return;
    kept().text -= node.text.size();
    node.text.clear();
  }

  void begin() {
    const std::string_view name = view(xmlTextReaderConstLocalName(reader_.get()));
    if (open_.size() >= limits_.depth) {
      throw Error(ErrorKind::corrupt,
                  fmt::format("the server's answer has more than {} nested elements", limits_.depth));
    }
    if (!open_.empty()) drop_indentation(*open_.back());
    const bool begins_record = !record_ && !open_.empty() && records_.take && is_one_of(records_.names);
    if (begins_record) {
      record_ = std::make_unique<XmlNode>();
      record_depth_ = open_.size();
      in_record_ = Kept();
    }
    if (++kept().elements > limits_.elements) {
      throw Error(ErrorKind::corrupt, fmt::format("the server's answer has more than {} elements", limits_.elements));
    }
    XmlNode& node = begins_record ? *record_ : add_node();
    node.name = name;
    open_.push_back(&node);
    take_attributes(node);
  }

  XmlNode& add_node() {
    if (!open_.empty()) return open_.back()->children.emplace_back();
    root_ = std::make_unique<XmlNode>();
    return *root_;
  }

  void end() {
    if (!open_.back()->children.empty()) drop_indentation(*open_.back());
    open_.pop_back();
    if (!record_ || open_.size() > record_depth_) return;
    const std::unique_ptr<XmlNode> complete = std::move(record_);
    count_work(1);
    records_.take(Element(complete.get()));
  }

  void add_text() {
    if (open_.empty()) return;
    const std::string_view text = view(xmlTextReaderConstValue(reader_.get()));
    keep(text.size());
    open_.back()->text += text;
  }

  void keep(std::size_t bytes) {
    kept().text += bytes;
    if (kept().text > limits_.text) {
      throw Error(ErrorKind::corrupt, fmt::format("the server's answer has more than {} bytes of text", limits_.text));
    }
  }

  void take_attributes(XmlNode& node) {
    while (xmlTextReaderMoveToNextAttribute(reader_.get()) == 1) {
      const std::string_view space = view(xmlTextReaderConstNamespaceUri(reader_.get()));
      if (space == kNamespaces) continue;  // xmlns:type
      const std::string_view name = view(xmlTextReaderConstLocalName(reader_.get()));
      const std::string_view value = view(xmlTextReaderConstValue(reader_.get()));
      keep(value.size());
      if (name == "type") {
        const bool of_schema = space == kSchemaInstance;
        (of_schema ? node.type_of_schema : node.type) = value.substr(value.rfind(':') + 1);
      } else {
        node.attributes.emplace_back(name, value);
      }
    }
    xmlTextReaderMoveToElement(reader_.get());
  }

  Input input_;
  const Records& records_;
  const XmlLimits& limits_;
  const Reader reader_;
  std::unique_ptr<XmlNode> root_;
  bool skips_ = false;               // what is in the element that was read last
  std::unique_ptr<XmlNode> record_;  // the one that is being read
  std::size_t record_depth_ = 0;
  // The elements that are open. A node's address is good until its parent gets another child, when it is complete.
  std::vector<XmlNode*> open_;
  Kept outside_;
  Kept in_record_;
};

void append_text(const XmlNode& node, std::string& text) {
  text += node.text;
  for (const XmlNode& child : node.children) append_text(child, text);
}

}  // namespace

std::string Element::text() const {
  std::string text;
  if (node_) append_text(*node_, text);
  return text;
}

std::string Element::type(bool with_namespace) const {
  if (!node_) return {};
  return with_namespace ? node_->type_of_schema : node_->type;
}

std::string Element::attribute(std::string_view name) const {
  if (!node_) return {};
  const auto found = std::find_if(node_->attributes.begin(), node_->attributes.end(),
                                  [name](const auto& one) { return one.first == name; });
  return found == node_->attributes.end() ? std::string() : found->second;
}

std::vector<Element> Element::children() const {
  std::vector<Element> found;
  if (!node_) return found;
  found.reserve(node_->children.size());
  for (const XmlNode& child : node_->children) found.emplace_back(&child);
  return found;
}

std::vector<Element> Element::children(std::string_view name) const {
  std::vector<Element> found;
  if (!node_) return found;
  for (const XmlNode& child : node_->children) {
    if (child.name == name) found.emplace_back(&child);
  }
  return found;
}

Element Element::child(std::string_view name) const {
  if (!node_) return {};
  const auto found = std::find_if(node_->children.begin(), node_->children.end(),
                                  [name](const XmlNode& child) { return child.name == name; });
  return found == node_->children.end() ? Element() : Element(&*found);
}

Element Element::find(std::string_view name) const {
  if (!node_) return {};
  for (const XmlNode& child : node_->children) {
    if (child.name == name) return Element(&child);
    if (const Element deeper = Element(&child).find(name)) return deeper;
  }
  return {};
}

Document::Document(const Pieces& xml, const Records& records, const XmlLimits& limits)
    : root_(TreeReader(xml, records, limits).read()) {}

Document::Document(std::string_view xml) : Document(one_piece(xml), Records()) {}

std::string xml_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace rimfs::catalog
