// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rimfs::catalog {

/// What the scanner tells of a page, in order. Names of tags are in lower case.
class HtmlEvents {
 public:
  virtual ~HtmlEvents() = default;
  /// A start tag. `attribute`: the decoded value of the one that a listing needs, the first of href (a, base), type
  /// (input), charset or content (meta); null when it has none.
  virtual void start(std::string_view tag, const std::string* attribute) = 0;
  virtual void end(std::string_view tag) = 0;
  /// Some of the text between two tags, decoded.
  virtual void text(std::string_view more) = 0;
};

/// Splits HTML, however broken, into tags and text as the HTML standard's tokenizer does (section 13.2.5), as far as a
/// listing needs it: other attributes, comments, scripts and styles are passed over. Looks at each
/// byte once and remembers at most one value of kLongestValue bytes, whatever the page: libxml2 compares each attribute
/// of a tag with all before it, and searches all open elements at each end tag. Knows no nesting, so none is too deep.
/// One thread.
class HtmlScanner {
 public:
  /// A longer attribute counts as absent: no server takes a longer request line, and no name needs one.
  static constexpr std::size_t kLongestValue = 65'536;

  /// `events` outlives the scanner.
  explicit HtmlScanner(HtmlEvents& events) : events_(events) {}

  /// The next bytes of the page; a tag may go on in the next piece.
  void feed(std::string_view html);
  /// The end of the page. A tag that is not complete counts for nothing.
  void finish();

 private:
  enum class State {
    text,
    entity,
    tag_open,
    end_tag_open,
    tag_name,
    before_attribute,
    attribute_name,
    after_attribute_name,
    before_value,
    double_quoted,
    single_quoted,
    unquoted,
    declaration,  // after "<!"
    declaration_dash,
    bogus_comment,
    comment,
    raw_text,  // of a script or style
    raw_less_than,
    raw_end_name,
  };

  void step(char c);
  void text_step(char c);
  void entity_step(char c);
  void tag_open_step(char c);
  void end_tag_open_step(char c);
  void tag_name_step(char c);
  void before_attribute_step(char c);
  void attribute_name_step(char c);
  void after_attribute_name_step(char c);
  void before_value_step(char c);
  void value_step(char c);
  void declaration_step(char c);
  void comment_step(char c);
  void raw_step(char c);

  void begin_tag(char c, bool closing);
  void begin_attribute(char c);
  void end_attribute();
  void end_tag();
  bool is_wanted() const;
  void add_text(std::string_view more);
  void flush_text();

  HtmlEvents& events_;
  State state_ = State::text;
  std::string text_;    // not told yet
  std::string entity_;  // after "&"
  std::string tag_;
  bool closing_ = false;
  std::string attribute_;  // its name
  std::string value_;
  std::string found_;  // the tag's wanted attribute, as written
  bool has_found_ = false;
  unsigned dashes_ = 0;      // at the end of the comment so far
  std::string raw_element_;  // whose end tag ends the raw text
  std::string raw_name_;     // of an end tag in raw text
};

/// `text` with its character references replaced: numbers and the names of HTML 4. What is none stays.
std::string decode_references(std::string_view text);

}  // namespace rimfs::catalog
