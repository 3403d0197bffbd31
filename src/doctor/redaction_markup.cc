// SPDX-License-Identifier: MIT
// Redaction of XML and HTML, and what it learns there.
#include <algorithm>

#include "base/ascii.h"
#include "base/split.h"
#include "doctor/redaction.h"

namespace rimfs::doctor {
namespace {

/// Elements whose text may be a name of digits only.
constexpr std::string_view kNames[] = {"a",     "path", "friendlyName", "folderPath", "datastorePath", "val",
                                       "title", "h1"};
/// Elements that hold what the report is about.
constexpr std::string_view kKept[] = {"version",  "apiVersion",   "build", "productLineId", "osType", "apiType",
                                      "fileSize", "modification", "type",  "pathSet",       "state"};

template <typename List>
bool is_one_of(std::string_view word, const List& list) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string_view local_name(std::string_view tag) {
  const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/>"));
  return name.substr(name.find(':') + 1);  // npos + 1 is 0: there is no prefix
}

/// The texts of all elements of this name.
std::vector<std::string> texts_of(std::string_view body, std::string_view element) {
  std::vector<std::string> texts;
  for (std::size_t at = body.find('<'); at != std::string_view::npos; at = body.find('<', at + 1)) {
    const std::size_t end = body.find('>', at);
    if (end == std::string_view::npos) break;
    if (local_name(body.substr(at + 1, end - at - 1)) != element) continue;
    const std::string_view text = body.substr(end + 1, body.find('<', end) - end - 1);
    if (!text.empty()) texts.emplace_back(text);
  }
  return texts;
}

}  // namespace

void Redaction::learn_from_markup(std::string_view body) {
  const auto learn_all = [&](Name kind, std::string_view element) {
    for (const std::string& text : texts_of(body, element)) learn(kind, canonical(text));
  };
  if (body.find("UserSession") != std::string_view::npos || body.find("LoginResponse") != std::string_view::npos) {
    learn_all(Name::session, "key");
    learn_all(Name::user, "userName");
    learn_all(Name::user, "fullName");
    learn_all(Name::host, "ipAddress");
  }
  learn_all(Name::host, "hostName");
  learn_all(Name::user, "owner");
  if (body.find("<file ") != std::string_view::npos || body.find("<file>") != std::string_view::npos) {
    learn_all(Name::file, "path");  // in other replies and requests it is a path of the schema
  }
  learn_all(Name::folder, "friendlyName");
  for (const std::string_view element : {"folderPath", "datastorePath"}) {
    for (const std::string& path : texts_of(body, element)) {
      const std::size_t bracket = path.find("] ");
      if (bracket == std::string::npos) continue;
      learn(Name::datastore, canonical(std::string_view(path).substr(1, bracket - 1)));
      for (const std::string_view part : split(std::string_view(path).substr(bracket + 2), '/'))
        learn(Name::folder, canonical(part));
    }
  }
  constexpr std::string_view kProperty = "<name>name</name><val";
  for (std::size_t at = body.find(kProperty); at != std::string_view::npos; at = body.find(kProperty, at + 1)) {
    const std::size_t begin = body.find('>', at + kProperty.size());
    if (begin == std::string_view::npos) break;
    learn(Name::folder, canonical(body.substr(begin + 1, body.find('<', begin) - begin - 1)));
  }
}

/// Values of attributes may hold names, but for types and namespaces.
std::string Redaction::tag(std::string_view tag) {
  std::string result;
  for (std::size_t at = 0; at < tag.size();) {
    const std::size_t quote = tag.find_first_of("\"'", at);
    const std::size_t end = quote == std::string_view::npos ? quote : tag.find(tag[quote], quote + 1);
    if (end == std::string_view::npos) return result + prose(tag.substr(at));
    const std::string_view before = tag.substr(at, quote - at);
    const std::string_view name = trimmed(before.substr(before.find_last_of(" \t\r\n") + 1), "=");
    const std::string_view value = tag.substr(quote + 1, end - quote - 1);
    const bool kept = name == "type" || name.ends_with(":type") || name.starts_with("xmlns");
    result += before;
    result += tag[quote];
    result += kept ? std::string(value) : name == "href" || name == "src" ? url(value) : prose(value);
    result += tag[end];
    at = end + 1;
  }
  return result;
}

std::string Redaction::markup(std::string_view text_with_tags) {
  const std::string replaced = replace(text_with_tags, Which::bracketed);  // broken pages do not escape them
  const std::string_view body = replaced;
  std::string result;
  std::string_view element;
  for (std::size_t at = 0; at < body.size();) {
    if (body[at] != '<') {
      const std::size_t end = std::min(body.find('<', at), body.size());
      const std::string_view run = body.substr(at, end - at);
      result += is_one_of(element, kKept) ? std::string(run) : is_one_of(element, kNames) ? text(run) : prose(run);
      at = end;
      continue;
    }
    const std::size_t end = std::min(body.find('>', at), body.size() - 1) + 1;
    const std::string_view whole = body.substr(at, end - at);
    const bool closing = whole.size() > 1 && whole[1] == '/';
    element = closing ? std::string_view() : local_name(whole.substr(1));
    const std::size_t attributes = std::min(whole.find_first_of(" \t\r\n"), whole.size());
    result += whole.substr(0, attributes);
    if (attributes < whole.size()) result += tag(whole.substr(attributes));
    at = end;
  }
  return result;
}

}  // namespace rimfs::doctor
