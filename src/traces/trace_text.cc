// SPDX-License-Identifier: MIT
#include "traces/trace_text.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <limits>

#include "base/checksum.h"
#include "base/error.h"

namespace rimfs::traces {
namespace {

constexpr std::string_view kFirstLine = "rimfs access trace 1";
constexpr std::string_view kOf = "of ";
constexpr std::string_view kPassedOver = "passed-over ";
constexpr std::string_view kSum = "sum ";
/// File offsets are signed in every interface of the system.
constexpr std::uint64_t kLargestOffset = std::numeric_limits<std::int64_t>::max();
/// The limit for a key in the text. It guarantees space for the rest of the file.
constexpr std::size_t kLongestKey = 4096;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::corrupt, why); }

/// The key on one line.
std::string one_line(std::string_view key) {
  std::string line(key.substr(0, kLongestKey));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return line;
}

/// The checksum of all lines before the last, seeded with the whole key.
std::string sum_of(std::string_view lines, std::string_view key) {
  return fmt::format("{:016x}", xxh3_64(lines, xxh3_64(key)));
}

/// Removes the next line from `text`. The line must begin with `begin`; returns the rest of it.
std::string_view take_line(std::string_view& text, std::string_view begin) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) refuse("it ends within a line");
  const std::string_view line = text.substr(0, end);
  if (!line.starts_with(begin)) refuse(fmt::format("a line does not begin with \"{}\"", begin));
  text.remove_prefix(end + 1);
  return line.substr(begin.size());
}

std::uint64_t number(std::string_view word, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (problem != std::errc() || end != word.data() + word.size() || value > most)
    refuse("it contains an invalid number");
  return value;
}

ByteRange parse_range(std::string_view line) {
  const std::size_t plus = line.find('+');
  if (plus == std::string_view::npos) refuse("a line is not OFFSET+SIZE");
  const Offset begin{number(line.substr(0, plus), kLargestOffset)};
  const ByteCount size{number(line.substr(plus + 1), kMostBytes.value)};
  if (size.is_zero() || begin.value > kLargestOffset - size.value) refuse("a range is empty or too large");
  return range_of(begin, size);
}

}  // namespace

std::string write_trace(const AccessTrace& trace, std::string_view key) {
  std::string text = fmt::format("{}\n{}{}\n{}{}\n", kFirstLine, kOf, one_line(key), kPassedOver, trace.passed_over);
  for (const ByteRange& range : trace.ranges) {
    fmt::format_to(std::back_inserter(text), "{}+{}\n", range.begin.value, range.size().value);
  }
  return text + fmt::format("{}{}\n", kSum, sum_of(text, key));
}

AccessTrace read_trace(std::string_view text, std::string_view key) {
  if (text.size() > kLargestText.value) refuse("it is too large");
  std::string_view rest = text;
  if (!take_line(rest, kFirstLine).empty()) refuse("it is of another version");
  const std::string_view of = take_line(rest, kOf);
  const std::size_t last = text.rfind(kSum);
  if (last == std::string_view::npos || last < text.size() - rest.size()) refuse("it has no sum");
  std::string_view sum_line = text.substr(last);
  const std::string_view sum = take_line(sum_line, kSum);
  if (sum != sum_of(text.substr(0, last), key) || !sum_line.empty()) {
    refuse(of == one_line(key) ? "its sum is wrong" : "it is of another image, or its sum is wrong");
  }

  rest = text.substr(0, last).substr(text.size() - rest.size());
  AccessTrace trace;
  trace.passed_over = static_cast<unsigned>(number(take_line(rest, kPassedOver), 1000));
  ByteCount bytes;
  while (!rest.empty()) {
    trace.ranges.push_back(parse_range(take_line(rest, "")));
    bytes += trace.ranges.back().size();
    if (trace.ranges.size() > kMostRanges || bytes > kMostBytes) refuse("it exceeds the limits of a trace");
  }
  return trace;
}

}  // namespace rimfs::traces
