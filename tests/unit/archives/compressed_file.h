// SPDX-License-Identifier: MIT
// Files for the tests of compressed files, and how they are read.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archives/frames.h"
#include "base/error.h"

namespace rimfs::archives::test {

using File = std::vector<std::byte>;

/// Bytes that can be compressed, but not to nothing; others for each seed.
inline File some_content(std::size_t size, std::uint32_t seed) {
  File content(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::byte& byte : content) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>((state >> 24U) & 0x0FU);
  }
  return content;
}

/// Bytes that cannot be compressed.
inline File noise(std::size_t size) {
  File content(size);
  std::uint64_t state = 88172645463325252U;
  for (std::byte& byte : content) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    byte = static_cast<std::byte>(state >> 32U);
  }
  return content;
}

inline void append(File& file, const File& more) { file.insert(file.end(), more.begin(), more.end()); }

/// How much more than wanted() is brought, before and behind.
struct Window {
  std::uint64_t before = 0, behind = 0;
};

/// Reads the table of `file`, checks each want, and counts them in `steps`.
inline FrameTable read_table(Compression compression, const File& file, Window window = {}, unsigned* steps = nullptr) {
  const auto reader = make_frame_table_reader(compression, ByteCount{file.size()});
  while (const std::optional<ByteRange> wanted = reader->wanted()) {
    REQUIRE(!wanted->empty());
    REQUIRE(wanted->end.value <= file.size());
    REQUIRE(wanted->size() <= 1_MiB);
    const Offset begin = wanted->begin - ByteCount{window.before};
    const std::uint64_t end = std::min<std::uint64_t>(wanted->end.value + window.behind, file.size());
    // A copy, so that what the reader keeps of it beyond the call is seen by the sanitizers.
    const File part(file.begin() + static_cast<std::ptrdiff_t>(begin.value),
                    file.begin() + static_cast<std::ptrdiff_t>(end));
    reader->take(begin, part);
    if (steps) ++*steps;
  }
  return reader->finish();
}

inline File stored_of(const File& file, const Frame& frame) {
  return {file.begin() + static_cast<std::ptrdiff_t>(frame.stored.begin.value),
          file.begin() + static_cast<std::ptrdiff_t>(frame.stored.end.value)};
}

/// The content of all frames.
inline File read_all(const FrameTable& table, const File& file) {
  File content;
  for (const Frame& frame : table.frames) {
    CHECK(frame.content.begin.value == content.size());
    append(content, decompress(table.compression, frame, stored_of(file, frame)));
  }
  return content;
}

/// The error that `act` throws; none: its kind is `misuse`.
template <typename Act>
Error error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::misuse, "no error");
}

inline Error refusal(Compression compression, const File& file) {
  return error_of([&] { read_table(compression, file); });
}

/// A file that is refused, with the kind of the Error and a part of its message.
struct RefusedFile {
  const char* title;
  File file;
  ErrorKind kind;
  const char* message;
};

/// What cannot be read in parts is refused with what to do.
inline void check_refusals(Compression compression, const std::vector<RefusedFile>& rows) {
  for (const RefusedFile& row : rows) {
    CAPTURE(std::string(row.title));
    const Error error = refusal(compression, row.file);
    CAPTURE(error.message());
    CHECK(error.kind() == row.kind);
    CHECK(error.message().find(row.message) != std::string::npos);
    if (row.kind == ErrorKind::unsupported) CHECK(error.message().find("compress it with xz") != std::string::npos);
  }
}

/// A file, and the number of requests that read its table.
struct CheapFile {
  const char* title;
  File file;
  unsigned steps;
};

inline void check_steps(Compression compression, const std::vector<CheapFile>& rows) {
  for (const CheapFile& row : rows) {
    CAPTURE(std::string(row.title));
    unsigned steps = 0;
    read_table(compression, row.file, {}, &steps);
    CHECK(steps == row.steps);
  }
}

/// Windows that are larger than what is wanted by these sizes give the same table.
inline void check_windows(Compression compression, const File& file, const FrameTable& right,
                          const std::vector<std::uint64_t>& sizes) {
  for (const std::uint64_t size : sizes) {
    CAPTURE(size);
    CHECK(read_table(compression, file, {size, 0}) == right);
    CHECK(read_table(compression, file, {0, size}) == right);
    CHECK(read_table(compression, file, {size, size}) == right);
  }
}

/// Each bit of `file` from `begin` to `end` once the other way: `read` must throw an Error or return the same as
/// without.
template <typename Read>
void check_flipped_bits(File file, std::size_t begin, std::size_t end, Read read) {
  const auto right = read(file);
  for (std::size_t at = begin; at < end; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      CAPTURE(at);
      CAPTURE(bit);
      file[at] ^= std::byte{1} << bit;
      try {
        const auto result = read(file);  // not within CHECK, which catches
        CHECK(result == right);
      } catch (const Error& error) {
        CHECK(!error.message().empty());
      }
      file[at] ^= std::byte{1} << bit;
    }
  }
}

}  // namespace rimfs::archives::test
