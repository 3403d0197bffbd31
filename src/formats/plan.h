// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "formats/survey.h"

namespace rimfs::formats {

/// Which ranges of an image are its tables: in steps, because each table tells where the next ones are. Recognises
/// qcow2, VMDK, VHD, VHDX, VDI and raw disks. What is unknown or broken wants nothing but the image's first bytes.
/// Pure: bytes in, ranges out; made for images that a stranger wrote. One thread at a time.
///
///     while (wants = plan.next(), !wants.empty()) learn() the bytes of those that are looked at
class Plan {
 public:
  Plan(ByteCount size, Limits limits) : survey_(size, limits) {}

  /// The next ranges in the order of their use: first those that are looked at. Empty: that was all.
  std::vector<Want> next();
  /// The bytes of a range that is looked at. Without them the plan ends where it would need them.
  void learn(Offset offset, std::vector<std::byte> bytes) { survey_.learn(offset, std::move(bytes)); }

  /// For people: what the image was recognised as; empty when it is nothing known.
  std::string_view format() const { return format_; }
  /// Bytes wanted so far, in whole units.
  ByteCount wanted() const { return survey_.wanted(); }

 private:
  Survey survey_;
  std::string_view format_;
  unsigned steps_ = 0;
};

/// What may be wanted of an image of this size: a hundredth of it, within 8 and 16 MiB, in memory of at most `memory`.
/// `unit`: what is fetched at least; `block`: what memory is used in. Both are powers of two.
Limits limits_of(ByteCount size, ByteCount memory, ByteCount unit, ByteCount block);

}  // namespace rimfs::formats
