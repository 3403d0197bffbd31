// SPDX-License-Identifier: MIT
// Any bytes as a size, a duration or a count that the user writes. Checks that what is shown of a value reads the same.
#include "base/quantity_text.h"
#include "config/value.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  const std::string_view word(reinterpret_cast<const char*>(data), size);
  ByteCount bytes, bytes_again;
  if (parse_bytes(word, bytes)) {
    require(bytes.value <= INT64_MAX);
    require(parse_bytes(show(bytes), bytes_again) && bytes_again == bytes);
  }
  std::chrono::milliseconds duration{}, duration_again{};
  if (parse_duration(word, duration)) {
    require(duration.count() >= 0);
    require(parse_duration(show(duration), duration_again) && duration_again == duration);
  }
  std::uint64_t count = 0, count_again = 0;
  if (parse_count(word, count)) {
    require(parse_count(std::to_string(count), count_again) && count_again == count);
  }
  require(has_no_controls(config::in_quotes(word).substr(0, 1)) && config::in_quotes(word).size() <= 65);
  require(config::presentable(word).size() <= word.size() + 3);
  return 0;
}
