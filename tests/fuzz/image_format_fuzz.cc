// SPDX-License-Identifier: MIT
// Any bytes as an image. Checks that a plan stays within its limits and comes to an end, and that the tables of guest
// data are read without a fault.
#include "formats/plan.h"
#include "formats/qcow2.h"
#include "formats/se_sparse.h"
#include "formats/vmdk.h"
#include "fuzz.h"

namespace {

using namespace rimfs;
using namespace rimfs::formats;
using fuzz::require;

/// The input is pieces of an image of the size that its first 8 bytes say: each a place (sectors of 512 bytes, 4
/// bytes), a size (2 bytes) and the bytes. The rest of the image is zeros.
class Image {
 public:
  explicit Image(Bytes input) : size_{little_endian<std::uint64_t>(input, 0)} {
    for (std::size_t at = 8; at + 6 <= input.size();) {
      const std::uint64_t place = std::uint64_t{little_endian<std::uint32_t>(input, at)} * 512;
      const std::size_t count =
          std::min<std::size_t>(little_endian<std::uint16_t>(input, at + 4), input.size() - at - 6);
      pieces_.push_back({Offset{place}, input.subspan(at + 6, count)});
      at += 6 + count;
    }
  }

  ByteCount size() const { return size_; }

  std::vector<std::byte> read(ByteRange range) const {
    std::vector<std::byte> bytes(range.size().value);
    for (const auto& [begin, content] : pieces_) {
      const ByteRange inside = range_of(begin, ByteCount{content.size()}).intersect(range);
      if (inside.empty()) continue;
      std::copy_n(content.begin() + static_cast<std::ptrdiff_t>((inside.begin - begin).value), inside.size().value,
                  bytes.begin() + static_cast<std::ptrdiff_t>((inside.begin - range.begin).value));
    }
    return bytes;
  }

 private:
  struct Piece {
    Offset begin;
    Bytes bytes;
  };
  const ByteCount size_;
  std::vector<Piece> pieces_;
};

void check_plan(const Image& image) {
  const Limits limits = limits_of(image.size(), 16_MiB, 16_KiB, 1_MiB);
  Plan plan(image.size(), limits);
  unsigned steps = 0;
  for (std::vector<Want> wants = plan.next(); !wants.empty(); wants = plan.next()) {
    require(++steps <= 24);
    for (const Want& want : wants) {
      require(!want.range.empty() && want.range.end.value <= image.size().value);
      require(want.range.size() <= limits.bytes);
      if (want.look) plan.learn(want.range.begin, image.read(want.range));
    }
  }
  require(plan.wanted() <= limits.bytes);
}

/// `first`: the image's first bytes. The whole input serves as a table.
void check_guest_extents(Bytes first, Bytes input) {
  if (const auto header = Qcow2Header::parse(first)) {
    for (const GuestExtent& one : qcow2_extents(*header, input, 0)) require(!one.in_file.empty());
  }
  if (const auto header = VmdkHeader::parse(first)) {
    for (const GuestExtent& one : vmdk_extents(*header, input, 0, 7, ByteCount{input.size()})) {
      require(!one.in_file.empty());
    }
  }
  if (const auto header = SeSparseHeader::parse(first)) {
    for (const GuestExtent& one : se_sparse_extents(*header, input, 0)) {
      require(one.in_file.size() == one.guest_size && !one.in_file.empty());
      require(one.guest.value + one.guest_size.value <= times(header->capacity, SeSparseHeader::kSector));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span(data, size));
  const Image image(input);
  check_plan(image);
  check_guest_extents(image.read({Offset{0}, Offset{4096}}), input);
  return 0;
}
