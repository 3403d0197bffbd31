// SPDX-License-Identifier: MIT
#include "catalog/vsphere/xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <climits>

#include "base/error.h"

namespace rimfs::catalog::vsphere {
namespace {

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

std::string take(xmlChar* text) {
  std::string copy(view(text));
  xmlFree(text);
  return copy;
}

constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

}  // namespace

std::string Element::name() const { return node_ ? std::string(view(node_->name)) : std::string(); }

std::string Element::text() const { return node_ ? take(xmlNodeGetContent(node_)) : std::string(); }

std::string Element::type(bool with_namespace) const {
  if (!node_) return {};
  for (const xmlAttr* attribute = node_->properties; attribute; attribute = attribute->next) {
    if (view(attribute->name) != "type") continue;
    const bool instance = attribute->ns && view(attribute->ns->href) == kSchemaInstance;
    if (instance != with_namespace) continue;
    const std::string value = take(xmlNodeListGetString(node_->doc, attribute->children, 1));
    return value.substr(value.rfind(':') + 1);
  }
  return {};
}

std::vector<Element> Element::children() const {
  std::vector<Element> found;
  for (xmlNode* child = node_ ? node_->children : nullptr; child; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) found.emplace_back(child);
  }
  return found;
}

std::vector<Element> Element::children(std::string_view name) const {
  std::vector<Element> found;
  for (const Element& child : children()) {
    if (view(child.node_->name) == name) found.push_back(child);
  }
  return found;
}

Element Element::child(std::string_view name) const {
  const std::vector<Element> found = children(name);
  return found.empty() ? Element() : found.front();
}

Element Element::find(std::string_view name) const {
  for (const Element& child : children()) {
    if (view(child.node_->name) == name) return child;
    if (const Element deeper = child.find(name)) return deeper;
  }
  return {};
}

void Document::Free::operator()(_xmlDoc* document) const { xmlFreeDoc(document); }

Document::Document(std::string_view xml) {
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  if (xml.size() < INT_MAX) {
    document_.reset(xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, kOptions));
  }
  if (!document_) throw Error(ErrorKind::corrupt, "the server's answer is no XML");
  // SOAP forbids it, and its entities can make gigabytes of a few bytes.
  if (document_->intSubset) throw Error(ErrorKind::corrupt, "the server's answer holds a document type");
}

Element Document::root() const { return Element(xmlDocGetRootElement(document_.get())); }

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

}  // namespace rimfs::catalog::vsphere
