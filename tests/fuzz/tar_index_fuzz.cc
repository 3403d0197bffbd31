// SPDX-License-Identifier: MIT
// Any bytes as a tar archive. Its headers get a right checksum where they have none, so that inputs go further. The
// index is the same for all windows.
#include <string>

#include "archive.h"
#include "archives/archive_kind.h"
#include "archives/tar_header.h"

namespace {

using namespace rimfs;
using fuzz::Bytes;
using fuzz::require;

void check(const std::string& archive) {
  const Bytes bytes = std::as_bytes(std::span(archive));
  const ByteCount size{bytes.size()};
  const auto index = fuzz::read_index(archives::make_tar_reader(size, fuzz::kFewMembers), bytes, 0);
  require(index == fuzz::read_index(archives::make_tar_reader(size, fuzz::kFewMembers), bytes, 1536));
  require(index == fuzz::read_index(archives::make_tar_reader(size, fuzz::kFewMembers), bytes, bytes.size()));
}

/// Each block that is not empty, with the sum of a header: a body that gets one is only another input.
std::string with_sums(std::string archive) {
  for (std::size_t at = 0; at + 512 <= archive.size(); at += 512) {
    if (archives::is_end_mark(std::as_bytes(std::span(archive)).subspan(at, 512))) continue;
    archive.replace(at + 148, 8, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(archive[at + i]);
    for (std::size_t i = 0; i < 6; ++i) archive[at + 153 - i] = static_cast<char>('0' + (sum >> (3 * i) & 7));
  }
  return archive;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string archive(reinterpret_cast<const char*>(data), size);
  check(archive);
  check(with_sums(archive));
  archives::archive_kind(std::as_bytes(std::span(data, size)));
  return 0;
}
