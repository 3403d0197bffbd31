// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "formats/qcow2.h"
#include "formats/sparse_image.h"
#include "formats/vmdk.h"

using namespace rimfs;
using namespace rimfs::formats;
using namespace rimfs::formats::test;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kCluster = 65536;

Qcow2Header header_of(const SparseImage& image) {
  const auto header = Qcow2Header::parse(image.read({Offset{0}, Offset{512}}));
  REQUIRE(header);
  return *header;
}

GuestExtent extent(std::uint64_t at, std::uint64_t size, std::uint64_t guest, std::uint64_t guest_size,
                   bool compressed = false) {
  return {range_of(Offset{at}, ByteCount{size}), Offset{guest}, ByteCount{guest_size}, compressed};
}

}  // namespace

TEST_CASE("a qcow2's second-level table returns the positions of the data") {
  const Qcow2Header header = header_of(qcow2_image());
  SparseImage table(kCluster);
  table.big(8, 5 * kMiB | std::uint64_t{1} << 63);                           // the second cluster
  table.big(16, std::uint64_t{1});                                           // reads as zero
  table.big(24, 6 * kMiB | 1);                                               // allocated, but reads as zero
  table.big(32, std::uint64_t{1} << 62 | std::uint64_t{2} << 54 | 0x12345);  // compressed, touches three sectors
  const auto extents = qcow2_extents(header, table.read({Offset{0}, Offset{kCluster}}), 512 * kMiB);
  const std::uint64_t guest = 512 * kMiB;
  CHECK(extents == std::vector{extent(5 * kMiB, kCluster, guest + kCluster, kCluster),
                               extent(0x12345, 0x12200 + 3 * 512 - 0x12345, guest + 4 * kCluster, kCluster, true)});
}

TEST_CASE("a qcow2's extended entries return parts of clusters") {
  SparseImage image = qcow2_image();
  image.big(72, std::uint64_t{0x10});
  const Qcow2Header header = header_of(image);
  SparseImage table(kCluster);
  table.big(0, 5 * kMiB).big(8, std::uint64_t{0x80000003});  // the first two parts and the last
  table.big(16, std::uint64_t{0}).big(24, std::uint64_t{3} << 32);
  const auto extents = qcow2_extents(header, table.read({Offset{0}, Offset{kCluster}}), 0);
  CHECK(extents == std::vector{extent(5 * kMiB, 4096, 0, 4096), extent(5 * kMiB + 63488, 2048, 63488, 2048)});
}

TEST_CASE("a qcow2's table returns nothing beyond the end of the disk") {
  SparseImage image = qcow2_image();
  image.big(24, 3 * kCluster);
  SparseImage table(kCluster);
  for (std::uint64_t i = 0; i < 8; ++i) table.big(8 * i, kMiB * (i + 1));
  CHECK(qcow2_extents(header_of(image), table.read({Offset{0}, Offset{kCluster}}), 0).size() == 3);
}

TEST_CASE("an invalid qcow2 header is refused") {
  struct Case {
    std::uint64_t at;
    std::uint32_t value;
  };
  for (const Case& one : {Case{0, 0x514649fa}, Case{4, 1}, Case{4, 4}, Case{20, 8}, Case{20, 22}, Case{20, ~0U}}) {
    SparseImage image = qcow2_image();
    image.big(one.at, one.value);
    CHECK_FALSE(Qcow2Header::parse(image.read({Offset{0}, Offset{512}})));
  }
  CHECK_FALSE(Qcow2Header::parse({}));
}

TEST_CASE("a VMDK's grain table returns the positions of the data") {
  const auto header = VmdkHeader::parse(vmdk_image().read({Offset{0}, Offset{512}}));
  REQUIRE(header);
  SparseImage table(2048);
  table.little(4, std::uint32_t{2048}).little(8, std::uint32_t{1});  // the second grain; the third is zeros
  const auto extents = vmdk_extents(*header, table.read({Offset{0}, Offset{2048}}), 0, 8, 1_GiB);
  CHECK(extents == std::vector{extent(kMiB, kCluster, kCluster, kCluster)});
}

TEST_CASE("a stream's grains end where the next one, or the table, begins") {
  const auto header = VmdkHeader::parse(vmdk_stream().read({Offset{0}, Offset{512}}));
  REQUIRE(header);
  CHECK(header->directory == VmdkHeader::kAtEnd);
  SparseImage table(2048);
  table.little(0, std::uint32_t{128}).little(4, std::uint32_t{131});
  const auto extents = vmdk_extents(*header, table.read({Offset{0}, Offset{2048}}), 0, 141, 1_GiB);
  CHECK(extents ==
        std::vector{extent(kCluster, 1536, 0, kCluster, true), extent(67072, 4608, kCluster, kCluster, true)});
}

TEST_CASE("an invalid VMDK header is refused") {
  struct Case {
    std::uint64_t at;
    std::uint32_t value;
  };
  for (const Case& one :
       {Case{0, 0}, Case{4, 0}, Case{4, 9}, Case{20, 0}, Case{20, 3}, Case{24, 1}, Case{44, 0}, Case{44, 1 << 20}}) {
    SparseImage image = vmdk_image();
    image.little(one.at, one.value);
    CHECK_FALSE(VmdkHeader::parse(image.read({Offset{0}, Offset{512}})));
  }
}
