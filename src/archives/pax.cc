// SPDX-License-Identifier: MIT
#include "archives/pax.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/work.h"

namespace rimfs::archives {

namespace {

/// Larger sizes and times lie in no file.
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

/// The digits that `text` begins with. They are removed. Nothing when there are none; a larger number than kMost reads
/// as that.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc::invalid_argument) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return fault == std::errc() ? std::min(number, kMost) : kMost;
}

/// Returns false when the value is no number. An empty one removes what was said before.
bool set_number(std::string_view value, std::optional<std::uint64_t>& number) {
  number.reset();
  if (value.empty()) return true;
  number = take_number(value);
  return number && value.empty();
}

/// A name ends at a NUL, as in a header.
void set_text(std::string_view value, std::optional<std::string>& text) {
  text.reset();
  if (!value.empty()) text = value.substr(0, value.find('\0'));
}

/// "1700000000.25", "-1.5". A time that is none is not worth the member: it is unknown.
std::optional<std::int64_t> seconds_in(std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  const std::optional<std::uint64_t> whole = take_number(value);
  if (!whole || *whole == kMost) return std::nullopt;
  if (!value.empty() && !value.starts_with('.')) return std::nullopt;
  if (value.find_first_not_of("0123456789", value.empty() ? 0 : 1) != std::string_view::npos) return std::nullopt;
  const auto seconds = static_cast<std::int64_t>(*whole);
  if (!negative) return seconds;
  return value.find_first_of("123456789") == std::string_view::npos ? -seconds : -seconds - 1;
}

/// The keys that only sparse members have: GNU's versions 0.0, 0.1 and 1.0, star's, those of Solaris.
bool apply_sparse(std::string_view key, std::string_view value, PaxAttributes& attributes) {
  if (key == "GNU.sparse.name") {
    set_text(value, attributes.real_path);
    return true;
  }
  if (key == "SUN.holesdata" || key.starts_with("GNU.sparse.") || key == "SCHILY.realsize") attributes.sparse = true;
  if (key == "GNU.sparse.size" || key == "GNU.sparse.realsize" || key == "SCHILY.realsize") {
    return set_number(value, attributes.real_size);
  }
  return true;
}

bool apply_record(std::string_view key, std::string_view value, PaxAttributes& attributes) {
  if (key == "size") return set_number(value, attributes.size);
  if (key == "path") {
    set_text(value, attributes.path);
  } else if (key == "linkpath") {
    set_text(value, attributes.link);
  } else if (key == "mtime") {
    attributes.modified = seconds_in(value);
  } else {
    return apply_sparse(key, value, attributes);
  }
  return true;
}

}  // namespace

bool apply_pax(std::string_view records, PaxAttributes& attributes) {
  // "LENGTH KEY=VALUE\n"; the length counts the whole record.
  while (!records.empty() && records.front() != '\0') {  // some programs fill up with NULs
    count_work(1);
    std::string_view rest = records;
    const std::optional<std::uint64_t> length = take_number(rest);
    if (!length || *length > records.size() || !rest.starts_with(' ')) return false;
    const std::size_t begin = records.size() - rest.size() + 1;
    if (*length <= begin || records[*length - 1] != '\n') return false;
    const std::string_view record = records.substr(begin, *length - begin - 1);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    if (!apply_record(record.substr(0, equals), record.substr(equals + 1), attributes)) return false;
    records.remove_prefix(*length);
  }
  return true;
}

}  // namespace rimfs::archives
