// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string_view>

#include "base/ascii.h"

namespace rimfs::http {

/// As many bytes as looks_like_html() wants to see.
constexpr std::size_t kSniffedBytes = 512;

/// True for the beginning of an HTML page (MIME Sniffing standard, section 7.1): after blanks, a tag that begins a
/// page, ended by a blank or ">". Servers also call images HTML when they do not know the type. Pure.
inline bool looks_like_html(std::string_view beginning) {
  constexpr std::string_view kBlanks = " \t\r\n\f";
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  constexpr std::string_view kTags[] = {
      "<!doctype html", "<html", "<head",  "<script", "<iframe", "<h1",   "<div", "<font",
      "<table",         "<a",    "<style", "<title",  "<b",      "<body", "<br",  "<p",
      "<pre",           "<ul",   "<meta",  "<!--",    "<base",   "<link", "<form"};
  if (beginning.starts_with(kByteOrderMark)) beginning.remove_prefix(kByteOrderMark.size());
  beginning.remove_prefix(std::min(beginning.find_first_not_of(kBlanks), beginning.size()));
  return std::any_of(std::begin(kTags), std::end(kTags), [&](std::string_view tag) {
    if (beginning.size() <= tag.size() || !equal_ignoring_case(beginning.substr(0, tag.size()), tag)) return false;
    const char next = beginning[tag.size()];
    return tag == "<!--" || next == '>' || kBlanks.find(next) != std::string_view::npos;
  });
}

}  // namespace rimfs::http
