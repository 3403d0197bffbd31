// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>

#include "catalog/xml.h"

namespace rimfs::catalog::vsphere {

/// A recorded request or reply: "vpx-Login.reply".
inline std::string sample(const std::string& name) {
  std::ifstream file(fmt::format("{}/{}.xml", RIMFS_VSPHERE_SAMPLES, name), std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw std::runtime_error("no sample " + name);
  return text;
}

/// What XML means, as text: without prefixes, indentation and the order of attributes.
inline std::string meaning(const Element& element) {
  std::string inner;
  for (const Element& child : element.children()) inner += meaning(child);
  if (inner.empty()) inner = element.text();
  return fmt::format("({} {} {} {})", element.name(), element.type(false), element.type(true), inner);
}

}  // namespace rimfs::catalog::vsphere
