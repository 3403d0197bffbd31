// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "archives/frames.h"
#include "fuzz.h"

namespace rimfs::fuzz {

/// Refusals by the archive readers: damaged, or beyond what can be read in parts.
template <typename Act>
auto accepted_file(Act act) -> std::optional<decltype(act())> {
  try {
    return act();
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::unsupported);
    require(!error.message().empty());
    return std::nullopt;
  }
}

/// The table of the file `input`. Each window has `more` bytes more than is wanted, on both sides.
inline archives::FrameTable read_table(archives::Compression compression, std::span<const std::byte> input,
                                       std::uint64_t more) {
  const ByteRange file{Offset{0}, Offset{input.size()}};
  const auto reader = archives::make_frame_table_reader(compression, file.size());
  while (const std::optional<ByteRange> wanted = reader->wanted()) {
    require(!wanted->empty() && file.contains(*wanted) && wanted->size() <= 1_MiB);
    const ByteRange window = file.intersect({wanted->begin - ByteCount{more}, wanted->end + ByteCount{more}});
    reader->take(window.begin, input.subspan(window.begin.value, window.size().value));
  }
  return reader->finish();
}

inline void check_table(const archives::FrameTable& table, ByteCount file_size) {
  Offset stored, content;
  for (const archives::Frame& frame : table.frames) {
    require(!frame.stored.empty() && frame.stored.begin >= stored && frame.stored.end.value <= file_size.value);
    require(!frame.content.empty() && frame.content.begin == content &&
            frame.content.size() <= archives::kLargestFrame);
    require(&table.at(frame.content.begin) == &frame && &table.at(frame.content.end - ByteCount{1}) == &frame);
    stored = frame.stored.end;
    content = frame.content.end;
  }
  require(table.size().value == content.value);
}

/// What is decompressed has the size that the table says. Larger content than `kDecompressed` is not made: it would
/// take the time of a thousand other inputs.
inline void check_content(const archives::FrameTable& table, std::span<const std::byte> input) {
  constexpr ByteCount kDecompressed = 1_MiB;
  ByteCount left = kDecompressed;
  for (const archives::Frame& frame : table.frames) {
    if (frame.content.size() > left) continue;
    left -= frame.content.size();
    const auto stored = input.subspan(frame.stored.begin.value, frame.stored.size().value);
    const auto content = accepted_file([&] { return archives::decompress(table.compression, frame, stored); });
    require(!content || content->size() == frame.content.size().value);
  }
}

/// The whole input is the file.
inline void check_compressed_file(archives::Compression compression, std::span<const std::byte> input) {
  const auto table = accepted_file([&] { return read_table(compression, input, 0); });
  const auto same = accepted_file([&] { return read_table(compression, input, 1000); });
  require(table == same);
  if (!table) return;
  check_table(*table, ByteCount{input.size()});
  check_content(*table, input);
}

/// The whole input is one frame, of content of several sizes: reached by what has no right table.
inline void check_single_frame(archives::Compression compression, std::span<const std::byte> input,
                               std::uint32_t check) {
  if (input.empty()) return;
  const ByteRange stored{Offset{0}, Offset{input.size()}};
  for (const std::uint64_t size : {100U, 4096U, 70'000U}) {
    const archives::Frame frame{stored, {Offset{0}, Offset{size}}, check, false};
    const auto content = accepted_file([&] { return archives::decompress(compression, frame, input); });
    require(!content || content->size() == size);
  }
}

}  // namespace rimfs::fuzz
