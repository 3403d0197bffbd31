// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "formats/survey.h"

namespace rimfs::formats {

/// Finds the ranges of an image that contain its tables. It works in steps, because each table contains the position of
/// the next ones. Recognises qcow2, VMDK (all sparse kinds), VHD, VHDX, VDI and raw disks. For an unknown or damaged
/// image it requests only the first bytes. Pure: bytes in, ranges out; safe for untrusted images. One thread at a time.
///
///     while (wants = plan.next(), !wants.empty()) learn() the bytes of each range with `look`
class Plan {
 public:
  Plan(ByteCount size, Limits limits) : survey_(size, limits) {}

  /// The next ranges in the order of their use, beginning with those whose bytes the plan needs. An empty result ends
  /// the plan.
  std::vector<Want> next();
  /// Passes the bytes of a range that the plan needs. Without them the plan ends where it would use them.
  void learn(Offset offset, std::vector<std::byte> bytes) { survey_.learn(offset, std::move(bytes)); }

  /// The recognised format, for display; empty when none was recognised.
  std::string_view format() const { return format_; }
  /// The number of bytes requested so far, in whole units.
  ByteCount wanted() const { return survey_.wanted(); }

 private:
  Survey survey_;
  std::string_view format_;
  unsigned steps_ = 0;
};

/// The limits for an image of this size: a hundredth of it, between 8 and 16 MiB, in at most `memory` bytes of memory.
/// `unit` is the smallest fetch; `block` is the unit of memory. Both are powers of two.
Limits limits_of(ByteCount size, ByteCount memory, ByteCount unit, ByteCount block);

}  // namespace rimfs::formats
