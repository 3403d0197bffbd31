// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace rimfs {

/// The parts of a text between separators, for loops: `for (const std::string_view part : split(text, ','))`. Empty
/// parts are returned, but a trailing separator does not begin another part: "a,,b," is "a", "", "b", and "" has no
/// part. A value that refers to the text.
class Split {
 public:
  class Iterator {
   public:
    constexpr Iterator(std::string_view rest, char separator) : rest_(rest), separator_(separator) {}
    constexpr std::string_view operator*() const { return rest_.substr(0, rest_.find(separator_)); }
    constexpr Iterator& operator++() {
      const std::size_t end = rest_.find(separator_);
      rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
      return *this;
    }
    /// Only the end iterator has an empty rest.
    constexpr bool operator==(const Iterator& other) const { return rest_.size() == other.rest_.size(); }

   private:
    std::string_view rest_;
    char separator_;
  };

  constexpr Split(std::string_view text, char separator) : text_(text), separator_(separator) {}
  constexpr Iterator begin() const { return {text_, separator_}; }
  constexpr Iterator end() const { return {{}, separator_}; }

 private:
  std::string_view text_;
  char separator_;
};

constexpr Split split(std::string_view text, char separator) { return {text, separator}; }

}  // namespace rimfs
