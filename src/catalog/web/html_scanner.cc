// SPDX-License-Identifier: MIT
#include "catalog/web/html_scanner.h"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/ascii.h"

namespace rimfs::catalog {
namespace {

/// Text is told in portions of this size; nobody needs more of it at once.
constexpr std::size_t kTextPortion = 1024;
/// No name that matters here is longer.
constexpr std::size_t kLongestName = 16;
/// "CounterClockwiseContourIntegral" is the longest name of HTML 5.
constexpr std::size_t kLongestReference = 32;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool in_reference(char c) { return is_alphanumeric(c) || c == '#'; }

/// Keeps of a long name enough to tell that it is none of ours.
void append_name(std::string& name, char c) {
  if (name.size() <= kLongestName) name += lower(c);
}

bool is_raw(std::string_view tag) {
  constexpr std::string_view kRaw[] = {"script", "style", "textarea", "title", "xmp"};
  return std::find(std::begin(kRaw), std::end(kRaw), tag) != std::end(kRaw);
}

void append_utf8(std::string& text, std::uint32_t point) {
  const auto unit = [&text](std::uint32_t bits) { text += static_cast<char>(bits); };
  if (point < 0x80) {
    unit(point);
  } else if (point < 0x800) {
    unit(0xc0 | point >> 6);
    unit(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    unit(0xe0 | point >> 12);
    unit(0x80 | (point >> 6 & 0x3f));
    unit(0x80 | (point & 0x3f));
  } else {
    unit(0xf0 | point >> 18);
    unit(0x80 | (point >> 12 & 0x3f));
    unit(0x80 | (point >> 6 & 0x3f));
    unit(0x80 | (point & 0x3f));
  }
}

/// What stands behind "&#", without ";".
std::optional<std::uint32_t> numbered_point(std::string_view digits) {
  const bool hexadecimal = digits.starts_with('x') || digits.starts_with('X');
  if (hexadecimal) digits.remove_prefix(1);
  std::uint32_t point = 0;
  const auto [end, problem] =
      std::from_chars(digits.data(), digits.data() + digits.size(), point, hexadecimal ? 16 : 10);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  return point == 0 || surrogate || point > 0x10ffff ? std::nullopt : std::optional(point);
}

/// Appends what the reference `name` (without "&" and ";") stands for; false when it stands for nothing. Names need the
/// ";": servers write "?a=1&lt=2" into links.
bool append_reference(std::string& text, std::string_view name, bool semicolon) {
  if (name.starts_with('#')) {
    const auto point = numbered_point(name.substr(1));
    if (point) append_utf8(text, *point);
    return point.has_value();
  }
  const std::string terminated(name);
  const htmlEntityDesc* found =
      semicolon ? htmlEntityLookup(reinterpret_cast<const xmlChar*>(terminated.c_str())) : nullptr;
  if (found) append_utf8(text, found->value);
  return found != nullptr;
}

}  // namespace

std::string decode_references(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const std::size_t ampersand = std::min(text.find('&'), text.size());
    decoded += text.substr(0, ampersand);
    text.remove_prefix(ampersand);
    if (text.empty()) break;
    std::size_t end = 1;
    while (end < text.size() && end <= kLongestReference && in_reference(text[end])) ++end;
    const bool semicolon = end < text.size() && text[end] == ';';
    if (append_reference(decoded, text.substr(1, end - 1), semicolon)) {
      text.remove_prefix(end + (semicolon ? 1 : 0));
    } else {
      decoded += '&';
      text.remove_prefix(1);
    }
  }
  return decoded;
}

void HtmlScanner::feed(std::string_view html) {
  for (const char c : html) step(c);
}

void HtmlScanner::finish() {
  if (state_ == State::entity) add_text("&" + entity_);
  flush_text();
}

void HtmlScanner::step(char c) {
  switch (state_) {
    case State::text:
      return text_step(c);
    case State::entity:
      return entity_step(c);
    case State::tag_open:
      return tag_open_step(c);
    case State::end_tag_open:
      return end_tag_open_step(c);
    case State::tag_name:
      return tag_name_step(c);
    case State::before_attribute:
      return before_attribute_step(c);
    case State::attribute_name:
      return attribute_name_step(c);
    case State::after_attribute_name:
      return after_attribute_name_step(c);
    case State::before_value:
      return before_value_step(c);
    case State::double_quoted:
    case State::single_quoted:
    case State::unquoted:
      return value_step(c);
    case State::declaration:
    case State::declaration_dash:
      return declaration_step(c);
    case State::bogus_comment:
      if (c == '>') state_ = State::text;
      return;
    case State::comment:
      return comment_step(c);
    case State::raw_text:
    case State::raw_less_than:
    case State::raw_end_name:
      return raw_step(c);
  }
}

// ---- Text

void HtmlScanner::text_step(char c) {
  if (c == '<') {
    state_ = State::tag_open;
  } else if (c == '&') {
    entity_.clear();
    state_ = State::entity;
  } else {
    add_text({&c, 1});
  }
}

void HtmlScanner::entity_step(char c) {
  if (in_reference(c) && entity_.size() < kLongestReference) {
    entity_ += c;
    return;
  }
  std::string decoded;
  const bool known = append_reference(decoded, entity_, c == ';');
  add_text(known ? decoded : "&" + entity_);
  state_ = State::text;
  if (!known || c != ';') step(c);
}

void HtmlScanner::add_text(std::string_view more) {
  text_ += more;
  if (text_.size() >= kTextPortion) flush_text();
}

void HtmlScanner::flush_text() {
  if (!text_.empty()) events_.text(text_);
  text_.clear();
}

// ---- Tags

void HtmlScanner::tag_open_step(char c) {
  if (is_letter(c)) {
    begin_tag(c, false);
  } else if (c == '/') {
    state_ = State::end_tag_open;
  } else if (c == '!') {
    state_ = State::declaration;
  } else if (c == '?') {
    state_ = State::bogus_comment;
  } else {
    add_text("<");
    state_ = State::text;
    step(c);
  }
}

void HtmlScanner::end_tag_open_step(char c) {
  if (is_letter(c)) {
    begin_tag(c, true);
  } else {
    state_ = c == '>' ? State::text : State::bogus_comment;
  }
}

void HtmlScanner::begin_tag(char c, bool closing) {
  flush_text();
  tag_.clear();
  append_name(tag_, c);
  closing_ = closing;
  has_found_ = false;
  state_ = State::tag_name;
}

void HtmlScanner::tag_name_step(char c) {
  if (c == '>') {
    end_tag();
  } else if (is_blank(c) || c == '/') {
    state_ = State::before_attribute;
  } else {
    append_name(tag_, c);
  }
}

void HtmlScanner::end_tag() {
  state_ = State::text;
  if (closing_) {
    events_.end(tag_);
    return;
  }
  if (has_found_) found_ = decode_references(found_);
  events_.start(tag_, has_found_ ? &found_ : nullptr);
  if (!is_raw(tag_)) return;
  raw_element_ = tag_;
  state_ = State::raw_text;
}

// ---- Attributes

void HtmlScanner::before_attribute_step(char c) {
  if (c == '>') {
    end_tag();
  } else if (!is_blank(c) && c != '/') {
    begin_attribute(c);
  }
}

void HtmlScanner::begin_attribute(char c) {
  attribute_.clear();
  append_name(attribute_, c);
  value_.clear();
  state_ = State::attribute_name;
}

void HtmlScanner::attribute_name_step(char c) {
  if (c == '=') {
    state_ = State::before_value;
  } else if (is_blank(c)) {
    state_ = State::after_attribute_name;
  } else if (c == '>' || c == '/') {
    end_attribute();
    step(c);
  } else {
    append_name(attribute_, c);
  }
}

void HtmlScanner::after_attribute_name_step(char c) {
  if (c == '=') {
    state_ = State::before_value;
  } else if (!is_blank(c)) {
    end_attribute();
    step(c);
  }
}

void HtmlScanner::before_value_step(char c) {
  if (is_blank(c)) return;
  if (c == '>') {
    end_attribute();
    step(c);
  } else if (c == '"') {
    state_ = State::double_quoted;
  } else if (c == '\'') {
    state_ = State::single_quoted;
  } else {
    state_ = State::unquoted;
    step(c);
  }
}

void HtmlScanner::value_step(char c) {
  const bool quote = (state_ == State::double_quoted && c == '"') || (state_ == State::single_quoted && c == '\'');
  const bool ends = state_ == State::unquoted && (is_blank(c) || c == '>');
  if (quote || ends) {
    end_attribute();
    if (c == '>') step(c);
  } else if (is_wanted() && value_.size() <= kLongestValue) {
    value_ += c;
  }
}

/// The first of its name counts (HTML standard, section 13.2.5.33).
bool HtmlScanner::is_wanted() const {
  return !closing_ && !has_found_ &&
         (((tag_ == "a" || tag_ == "base") && attribute_ == "href") || (tag_ == "input" && attribute_ == "type") ||
          (tag_ == "meta" && (attribute_ == "charset" || attribute_ == "content")));
}

void HtmlScanner::end_attribute() {
  if (is_wanted() && value_.size() <= kLongestValue) {
    has_found_ = true;
    found_.swap(value_);
  }
  state_ = State::before_attribute;
}

// ---- What is passed over

void HtmlScanner::declaration_step(char c) {
  if (c == '-') {
    const bool second = state_ == State::declaration_dash;
    state_ = second ? State::comment : State::declaration_dash;
    dashes_ = 2;  // "<!-->" is a whole comment
  } else {
    state_ = c == '>' ? State::text : State::bogus_comment;
  }
}

void HtmlScanner::comment_step(char c) {
  if (c == '>' && dashes_ >= 2) {
    state_ = State::text;
  } else if (c != '!' || dashes_ < 2) {  // "--!>" ends one, too
    dashes_ = c == '-' ? dashes_ + 1 : 0;
  }
}

void HtmlScanner::raw_step(char c) {
  if (c == '<') {
    state_ = State::raw_less_than;
  } else if (state_ == State::raw_less_than) {
    raw_name_.clear();
    state_ = c == '/' ? State::raw_end_name : State::raw_text;
  } else if (state_ == State::raw_end_name && is_letter(c)) {
    append_name(raw_name_, c);
  } else if (state_ == State::raw_end_name) {
    const bool ends = raw_name_ == raw_element_ && (is_blank(c) || c == '/' || c == '>');
    state_ = State::raw_text;
    if (!ends) return;
    tag_ = raw_name_;
    closing_ = true;
    state_ = State::before_attribute;
    step(c);
  }
}

}  // namespace rimfs::catalog
