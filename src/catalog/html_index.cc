// SPDX-License-Identifier: MIT
#include "catalog/html_index.h"

#include <libxml/HTMLparser.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <memory>

#include "base/error.h"

namespace rimfs::catalog {
namespace {

/// Details longer than this are no details; a hostile page must not make us keep its text.
constexpr std::size_t kLongestDetails = 512;

/// Elements open at once, as in browsers. For each end tag libxml2 searches all that is open: without a limit 100,000
/// of each take 14 seconds.
constexpr int kDeepest = 512;

/// Follows libxml2 through a page.
class PageReader {
 public:
  Page page;
  htmlParserCtxt* parser = nullptr;

  void start_element(const char* name, const char** attributes) {
    if (parser->nameNr > kDeepest) flatten();
    if (strcasecmp(name, "a") == 0) {
      if (const char* href = attribute(attributes, "href")) {
        page.links.push_back({href, {}});
        inside_link_ = true;
      }
    } else if (strcasecmp(name, "input") == 0) {
      const char* type = attribute(attributes, "type");
      if (type && strcasecmp(type, "password") == 0) page.asks_for_password = true;
    } else if (strcasecmp(name, "td") == 0) {
      text(" ");  // cells are words of their own
    } else if (strcasecmp(name, "tr") == 0 || strcasecmp(name, "li") == 0) {
      row_ended_ = true;
    }
  }
  void end_element(const char* name) {
    if (strcasecmp(name, "a") == 0) {
      inside_link_ = false;
      row_ended_ = false;
    }
  }
  void text(std::string_view more) {
    if (inside_link_ || row_ended_ || page.links.empty()) return;
    std::string& details = page.links.back().details;
    details.append(more.substr(0, kLongestDetails - std::min(kLongestDetails, details.size())));
  }

 private:
  /// Forgets what is open between <html><body> and the newest element. The names belong to the parser's dictionary.
  void flatten() {
    constexpr int kKept = 3;
    parser->nameTab[kKept - 1] = parser->nameTab[parser->nameNr - 1];
    parser->nameNr = kKept;
  }
  static const char* attribute(const char** attributes, const char* wanted) {
    for (; attributes && attributes[0]; attributes += 2) {
      if (strcasecmp(attributes[0], wanted) == 0) return attributes[1];
    }
    return nullptr;
  }

  bool inside_link_ = false;
  bool row_ended_ = false;
};

PageReader& reader_of(void* context) { return *static_cast<PageReader*>(context); }

htmlSAXHandler handlers() {
  htmlSAXHandler sax{};
  sax.startElement = [](void* context, const xmlChar* name, const xmlChar** attributes) {
    reader_of(context).start_element(reinterpret_cast<const char*>(name), reinterpret_cast<const char**>(attributes));
  };
  sax.endElement = [](void* context, const xmlChar* name) {
    reader_of(context).end_element(reinterpret_cast<const char*>(name));
  };
  sax.characters = [](void* context, const xmlChar* text, int length) {
    reader_of(context).text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)});
  };
  sax.ignorableWhitespace = sax.characters;
  return sax;
}

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

Page read_page(std::string_view html) {
  constexpr std::size_t kChunk = 1 << 20;  // libxml2 takes an int
  PageReader reader;
  htmlSAXHandler sax = handlers();
  const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> context(
      htmlCreatePushParserCtxt(&sax, &reader, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8), &htmlFreeParserCtxt);
  if (!context) throw Error(ErrorKind::system, "out of memory for a listing");
  reader.parser = context.get();
  htmlCtxtUseOptions(context.get(), HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_RECOVER);
  while (!html.empty()) {
    const std::string_view chunk = html.substr(0, kChunk);
    html.remove_prefix(chunk.size());
    htmlParseChunk(context.get(), chunk.data(), static_cast<int>(chunk.size()), html.empty() ? 1 : 0);
  }
  return std::move(reader.page);
}

Details read_details(std::string_view text) {
  Details details;
  const std::vector<std::string_view> words = words_of(text);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool time_of_day = words[i].find(':') != std::string_view::npos;
    if (!time_of_day) continue;
    details.modified = parse_time(std::string(words[i - 1]) + " " + std::string(words[i]));
    if (details.modified && i + 1 < words.size()) details.size = parse_size(words[i + 1]);
    break;
  }
  return details;
}

}  // namespace rimfs::catalog
