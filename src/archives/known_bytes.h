// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/byte_range.h"
#include "base/error.h"
#include "base/units.h"

namespace rimfs::archives {

/// The bytes of a file that a reader has at hand: those that it was just given, and the end of the file, which it keeps
/// because the table of frames lies there. One thread.
class KnownBytes {
 public:
  /// The end that is wanted first. Footer and table of a usual file fit: 64 KiB hold 5,000 entries or more.
  static constexpr ByteCount kEnd = 64_KiB;

  explicit KnownBytes(ByteCount file_size)
      : end_{Offset{(file_size - kEnd).value}, Offset{file_size.value}}, given_at_(end_.begin) {}

  /// The last kEnd bytes of the file, or all of it.
  ByteRange end() const { return end_; }

  /// `bytes` lie at `at` and contain `wanted`, first of all end(). They are not copied, and must live until release().
  /// Throws Error{corrupt} when they do not contain it.
  void give(Offset at, std::span<const std::byte> bytes, ByteRange wanted) {
    const ByteRange range = range_of(at, ByteCount{bytes.size()});
    if (!range.contains(wanted)) throw Error(ErrorKind::corrupt, "fewer bytes came than were requested");
    given_at_ = at;
    given_ = bytes;
    if (!kept_.empty() || !range.contains(end_)) return;
    const auto end = bytes.subspan((end_.begin - at).value, end_.size().value);
    kept_.assign(end.begin(), end.end());
  }
  /// Forgets the bytes that were given, except for the end of the file.
  void release() { given_ = {}; }

  /// The known bytes from `at` on, as many as lie in one piece of memory; perhaps none.
  std::span<const std::byte> from(Offset at) const {
    const auto given = part(given_at_, given_, at);
    const auto kept = part(end_.begin, kept_, at);
    return given.size() >= kept.size() ? given : kept;
  }

 private:
  static std::span<const std::byte> part(Offset begin, std::span<const std::byte> bytes, Offset at) {
    if (!range_of(begin, ByteCount{bytes.size()}).contains(at)) return {};
    return bytes.subspan((at - begin).value);
  }

  const ByteRange end_;
  std::vector<std::byte> kept_;
  Offset given_at_;
  std::span<const std::byte> given_;
};

}  // namespace rimfs::archives
