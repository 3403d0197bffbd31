// SPDX-License-Identifier: MIT
#include "catalog/web/html_index.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "catalog/web/charset.h"
#include "catalog/web/html_scanner.h"

namespace rimfs::catalog {
namespace {

/// Texts and details longer than this are none; a hostile page must not make us keep its text. A name has at most 255
/// bytes.
constexpr std::size_t kLongestDetails = 512;

bool is_password(std::string_view type) {
  constexpr std::string_view kPassword = "password";
  return type.size() == kPassword.size() && strncasecmp(type.data(), kPassword.data(), kPassword.size()) == 0;
}

/// Puts the links of a page together from its tags and text.
class PageReader : public HtmlEvents {
 public:
  PageReader(std::string_view charset, LinkSink& sink) : sink_(sink), label_(charset), charset_(charset) {}

  bool asks_for_password() const { return asks_for_password_; }

  void start(std::string_view tag, const std::string* attribute) override {
    if (tag == "a" && attribute) {
      hand_over();
      link_.emplace(PageLink{*attribute, {}, {}});
      inside_link_ = true;
      row_ended_ = false;
    } else if (tag == "input") {
      asks_for_password_ = asks_for_password_ || (attribute && is_password(*attribute));
    } else if (tag == "base" && attribute && !std::exchange(has_base_, true)) {
      sink_.base(charset_.in_utf8(*attribute));
    } else if (tag == "meta" && attribute) {
      take_meta(*attribute);
    } else if (tag == "td") {
      text(" ");  // cells are words of their own
    } else if (tag == "tr" || tag == "li") {
      row_ended_ = true;
    }
  }
  void end(std::string_view tag) override {
    if (tag != "a") return;
    inside_link_ = false;
    row_ended_ = false;
  }
  void text(std::string_view more) override {
    if (row_ended_ || !link_) return;
    std::string& details = inside_link_ ? link_->text : link_->details;
    details.append(more.substr(0, kLongestDetails - std::min(kLongestDetails, details.size())));
  }
  /// At the end of the page.
  void hand_over() {
    if (!link_) return;
    link_->href = charset_.in_utf8(std::move(link_->href));
    link_->text = charset_.in_utf8(std::move(link_->text));
    sink_.link(std::move(*link_));
    link_.reset();
  }

 private:
  /// <meta charset="koi8-r"> or <meta http-equiv="Content-Type" content="text/html; charset=koi8-r">. The server's own
  /// label goes before (HTML standard, section 13.2.3.2).
  void take_meta(const std::string& value) {
    if (!label_.empty()) return;
    const std::string in_type = charset_label(value);
    Charset found(in_type.empty() ? value : in_type);
    if (!found.is_known()) return;
    charset_ = std::move(found);
    label_ = value;
  }

  LinkSink& sink_;
  std::string label_;
  Charset charset_;
  std::optional<PageLink> link_;  // whose details are not complete
  bool has_base_ = false;
  bool asks_for_password_ = false;
  bool inside_link_ = false;
  bool row_ended_ = false;
};

/// `time` in one of the formats of listings, UTC.
std::optional<std::int64_t> parse_time(const std::string& text) {
  for (const char* format : {"%d-%b-%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%b-%d %H:%M:%S"}) {
    std::tm time{};
    const char* end = ::strptime(text.c_str(), format, &time);
    if (end != nullptr) return static_cast<std::int64_t>(timegm(&time));
  }
  return std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\xc2\xa0";  // a no-break space, too
  std::vector<std::string_view> words;
  for (std::size_t at = text.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return words;
}

std::optional<ByteCount> parse_size(std::string_view word) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (problem != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  // Offsets are signed in every system call.
  return value <= static_cast<std::uint64_t>(INT64_MAX) ? std::optional(ByteCount{value}) : std::nullopt;
}

}  // namespace

bool read_page(const Pieces& html, std::string_view charset, LinkSink& sink) {
  PageReader reader(charset, sink);
  HtmlScanner scanner(reader);
  for (std::string_view piece = html(); !piece.empty(); piece = html()) scanner.feed(piece);
  scanner.finish();
  reader.hand_over();
  return reader.asks_for_password();
}

Page read_page(std::string_view html) {
  class Collector : public LinkSink {
   public:
    explicit Collector(std::vector<PageLink>& links) : links_(links) {}
    void base(const std::string&) override {}
    void link(PageLink link) override { links_.push_back(std::move(link)); }

   private:
    std::vector<PageLink>& links_;
  };
  Page page;
  Collector collector(page.links);
  page.asks_for_password = read_page(one_piece(html), {}, collector);
  return page;
}

Details read_details(std::string_view text) {
  Details details;
  const std::vector<std::string_view> words = words_of(text);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool time_of_day = words[i].find(':') != std::string_view::npos;
    if (!time_of_day) continue;
    details.modified = parse_time(std::string(words[i - 1]) + " " + std::string(words[i]));
    if (details.modified && i + 1 < words.size()) {
      details.size = parse_size(words[i + 1]);
      details.no_size = words[i + 1] == "-";
    }
    return details;
  }
  details.no_size = !words.empty() && words.back() == "-";
  return details;
}

}  // namespace rimfs::catalog
