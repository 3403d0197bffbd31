// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/plan.h"

namespace rimfs::formats::test {

/// An image of any size that holds little: what was not written reads as zero.
class SparseImage {
 public:
  explicit SparseImage(std::uint64_t size) : size_(size) {}

  ByteCount size() const { return ByteCount{size_}; }
  void resize(std::uint64_t size) { size_ = size; }

  SparseImage& byte(std::uint64_t at, unsigned value) {
    pages_[at / kPage][at % kPage] = static_cast<std::byte>(value);
    return *this;
  }
  SparseImage& text(std::uint64_t at, std::string_view text) {
    for (const char c : text) byte(at++, static_cast<unsigned char>(c));
    return *this;
  }
  template <std::unsigned_integral T>
  SparseImage& big(std::uint64_t at, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) byte(at + i, value >> (8 * (sizeof(T) - 1 - i)) & 0xff);
    return *this;
  }
  template <std::unsigned_integral T>
  SparseImage& little(std::uint64_t at, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) byte(at + i, value >> (8 * i) & 0xff);
    return *this;
  }

  std::vector<std::byte> read(ByteRange range) const {
    std::vector<std::byte> bytes(range.size().value);
    for (auto page = pages_.lower_bound(range.begin.value / kPage); page != pages_.end(); ++page) {
      const ByteRange here = range_of(Offset{page->first * kPage}, ByteCount{kPage});
      const ByteRange inside = here.intersect(range);
      if (inside.empty()) break;
      std::copy_n(page->second.begin() + static_cast<std::ptrdiff_t>((inside.begin - here.begin).value),
                  inside.size().value, bytes.begin() + static_cast<std::ptrdiff_t>((inside.begin - range.begin).value));
    }
    return bytes;
  }

  /// Every byte that was written, for those who damage it.
  std::vector<std::uint64_t> written() const {
    std::vector<std::uint64_t> places;
    for (const auto& [number, page] : pages_) {
      for (std::uint64_t i = 0; i < kPage; ++i) {
        if (page[i] != std::byte{0}) places.push_back(number * kPage + i);
      }
    }
    return places;
  }

 private:
  static constexpr std::uint64_t kPage = 4096;
  std::uint64_t size_;
  std::map<std::uint64_t, std::array<std::byte, kPage>> pages_;
};

/// What a plan wanted of an image, step by step.
struct Outcome {
  std::vector<std::vector<Want>> steps;
  std::string format;
  ByteCount wanted;

  /// True when all of these bytes were wanted.
  bool wants(std::uint64_t offset, std::uint64_t count) const {
    RangeSet all;
    for (const auto& step : steps) {
      for (const Want& want : step) all.add(want.range);
    }
    return all.missing(range_of(Offset{offset}, ByteCount{count})).empty();
  }
};

inline Limits usual_limits(ByteCount size) { return limits_of(size, 128_MiB, 16_KiB, 1_MiB); }

inline Outcome survey_of(const SparseImage& image, Limits limits) {
  Plan plan(image.size(), limits);
  Outcome outcome;
  for (std::vector<Want> wants = plan.next(); !wants.empty(); wants = plan.next()) {
    for (const Want& want : wants) {
      if (want.look) plan.learn(want.range.begin, image.read(want.range));
    }
    outcome.steps.push_back(std::move(wants));
  }
  outcome.format = plan.format();
  outcome.wanted = plan.wanted();
  return outcome;
}

inline Outcome survey_of(const SparseImage& image) { return survey_of(image, usual_limits(image.size())); }

// One image of each format, by the specifications; each file's tables lie apart from one another.

/// 64 KiB clusters; L1 at 1 MiB, refcount table at 2 MiB, snapshots at 3 MiB, a second-level table every 16 MiB.
SparseImage qcow2_image(std::uint64_t tables = 4);
/// Directory at sector 0x800, its copy at 0x1000, tables at 3 MiB and, one after the other, from there.
SparseImage vmdk_image();
/// The same as a stream: the footer tells where the directory is.
SparseImage vmdk_stream();
/// An ESX server's: directory at 1 MiB, four tables of 2 MiB of the guest each, every 16 MiB.
SparseImage cowd_image();
/// Volatile header at 64 KiB, directory at 1 MiB with space for more, four tables of 16 MiB of the guest each from 3
/// MiB on, 100 tables apart; grains from 32 MiB on.
SparseImage se_sparse_image();
/// Dynamic header at 512, table at 1 MiB.
SparseImage vhd_image();
/// Table at 3 MiB, metadata at 2 MiB.
SparseImage vhdx_image();
/// Map at 1 MiB.
SparseImage vdi_image();
/// GPT with ext4 at 1 MiB, XFS at 1 GiB, NTFS at 2 GiB, LVM at 3 GiB; 8 GiB in all.
SparseImage gpt_disk();
/// MBR with ext4 at 1 MiB and an extended partition at 1 GiB: NTFS at 1 GiB + 1 MiB, XFS at 2 GiB + 1 MiB.
SparseImage mbr_disk();

}  // namespace rimfs::formats::test
