// SPDX-License-Identifier: MIT
#include "formats/vhd.h"

namespace rimfs::formats {
namespace {

constexpr std::uint64_t kFooterSize = 512;
constexpr std::uint64_t kHeaderSize = 1024;
constexpr std::size_t kParentLocators = 576;  // in the dynamic header, each of 24 bytes
constexpr std::size_t kParentLocatorsEnd = 768;
constexpr std::uint64_t kLargestLocator = 64 << 10;

/// Requests the names of the parent of a differencing disk.
void fetch_parent_locators(Survey& survey, Bytes header) {
  for (std::size_t at = kParentLocators; at < kParentLocatorsEnd; at += 24) {
    if (big_endian<std::uint32_t>(header, at) == 0) continue;
    const auto size = std::min<std::uint64_t>(big_endian<std::uint32_t>(header, at + 8), kLargestLocator);
    survey.fetch(big_endian<std::uint64_t>(header, at + 16), size);
  }
}

}  // namespace

bool vhd_tables(Survey& survey) {
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  if (!has_text(first, 0, "conectix")) return false;
  const Bytes header = survey.look(big_endian<std::uint64_t>(first, 16), kHeaderSize);
  survey.fetch((survey.size() - ByteCount{kFooterSize}).value, kFooterSize);
  if (!has_text(header, 0, "cxsparse")) return true;
  survey.fetch(big_endian<std::uint64_t>(header, 16), times(big_endian<std::uint32_t>(header, 28), 4));
  fetch_parent_locators(survey, header);
  return true;
}

}  // namespace rimfs::formats
