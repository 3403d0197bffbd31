// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "formats/qcow2.h"
#include "formats/se_sparse.h"
#include "formats/sparse_image.h"
#include "formats/vmdk.h"

using namespace rimfs;
using namespace rimfs::formats;
using namespace rimfs::formats::test;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kCluster = 65536;
constexpr std::uint64_t kGrain = 4096;

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
  table.little(4, std::uint32_t{2048});  // the second grain
  const auto extents = vmdk_extents(*header, table.read({Offset{0}, Offset{2048}}), 0, 8, 1_GiB);
  CHECK(extents == std::vector{extent(kMiB, kCluster, kCluster, kCluster)});
}

TEST_CASE("a VMDK's grain 1 is zeros where the header's flag says so, else data at sector 1") {
  SparseImage image = vmdk_image();
  SparseImage table(2048);
  table.little(0, std::uint32_t{1}).little(4, std::uint32_t{2048});
  const auto extents = [&](std::uint32_t flags) {
    image.little(8, flags);
    const auto header = VmdkHeader::parse(image.read({Offset{0}, Offset{512}}));
    REQUIRE(header);
    CHECK(header->is_sector(1) == ((flags & 4) == 0));  // in the directory, too
    return vmdk_extents(*header, table.read({Offset{0}, Offset{2048}}), 0, 8, 1_GiB);
  };
  const GuestExtent second = extent(kMiB, kCluster, kCluster, kCluster);
  CHECK(extents(7) == std::vector{second});
  CHECK(extents(3) == std::vector{extent(512, kCluster, 0, kCluster), second});
}

TEST_CASE("an ESX server's grain table returns the positions of the data") {
  const auto header = VmdkHeader::parse(cowd_image().read({Offset{0}, Offset{512}}));
  REQUIRE(header);
  CHECK(header->tables == 4);
  CHECK(header->table_size() == 16384);
  CHECK(header->table_reach() == 2 * kMiB);
  SparseImage table(16384);
  table.little(4, std::uint32_t{2048}).little(8, std::uint32_t{1}).little(16380, std::uint32_t{2049});
  const std::vector<std::byte> bytes = table.read({Offset{0}, Offset{16384}});
  CHECK(vmdk_extents(*header, bytes, 2 * kMiB, 0x8000, 1_GiB) ==
        std::vector{extent(kMiB, 512, 2 * kMiB + 512, 512), extent(kMiB + 512, 512, 4 * kMiB - 512, 512)});
  CHECK(vmdk_extents(*header, bytes, 8 * kMiB, 0x8000, 1_GiB).empty());  // beyond the end of the disk
}

TEST_CASE("an ESX server's directory has at most as many entries as the disk needs, or as the header says") {
  SparseImage image = cowd_image();
  const auto tables = [&] { return VmdkHeader::parse(image.read({Offset{0}, Offset{512}}))->tables; };
  image.little(24, ~std::uint32_t{0});
  CHECK(tables() == 4);
  image.little(24, std::uint32_t{3});
  CHECK(tables() == 3);
  image.little(12, std::uint32_t{0});
  CHECK(tables() == 0);
}

TEST_CASE("a seSparse's grain table returns the positions of the data") {
  const auto header = SeSparseHeader::parse(se_sparse_image().read({Offset{0}, Offset{512}}));
  REQUIRE(header);
  CHECK(header->tables() == 4);
  CHECK(se_sparse_table_offset(*header, std::uint64_t{1} << 60) == 3 * kMiB);  // the first table has the index 0
  CHECK(se_sparse_table_offset(*header, 0) == 0);
  SparseImage table(32768);
  const auto entry = [&](std::uint64_t number, std::uint64_t type, std::uint64_t rest) {
    table.little(8 * number, type << 60 | rest);
  };
  entry(1, 1, 7);                               // unmapped by the guest: zeros, though the old index is still there
  entry(2, 2, 7);                               // zeros
  entry(3, 3, 0);                               // the grain 0
  entry(4, 3, std::uint64_t{5} << 48);          // the grain 5
  entry(5, 3, std::uint64_t{0xabc} << 48 | 1);  // the grain 0x1abc
  entry(6, 3, (std::uint64_t{1} << 48) - 1);    // in no file
  entry(7, 4, 7);                               // an unknown type
  const std::uint64_t guest = 16 * kMiB;
  CHECK(se_sparse_extents(*header, table.read({Offset{0}, Offset{32768}}), guest) ==
        std::vector{extent(32 * kMiB, kGrain, guest + 3 * kGrain, kGrain),
                    extent(32 * kMiB + 5 * kGrain, kGrain, guest + 4 * kGrain, kGrain),
                    extent(32 * kMiB + 0x1abc * kGrain, kGrain, guest + 5 * kGrain, kGrain)});
}

TEST_CASE("a seSparse's table returns nothing beyond the end of the disk, or of every file") {
  SparseImage image = se_sparse_image();
  image.little(16, std::uint64_t{8 + 3});  // one grain and a part of the next
  SparseImage table(32768);
  for (std::uint64_t i = 0; i < 3; ++i) table.little(8 * i, std::uint64_t{3} << 60 | i << 48);
  const std::vector<std::byte> bytes = table.read({Offset{0}, Offset{32768}});
  auto header = SeSparseHeader::parse(image.read({Offset{0}, Offset{512}}));
  REQUIRE(header);
  CHECK(se_sparse_extents(*header, bytes, 0) ==
        std::vector{extent(32 * kMiB, kGrain, 0, kGrain), extent(32 * kMiB + kGrain, 1536, kGrain, 1536)});
  header->grains_area = ~std::uint64_t{0} - 1;
  CHECK(se_sparse_extents(*header, bytes, 0).empty());
  CHECK(se_sparse_table_offset(*header, 0x1fff'ffff'ffff'ffff) == ~std::uint64_t{0});
}

TEST_CASE("a seSparse is clean unless its journal has something to replay") {
  SparseImage sector(512);
  const auto clean = [&] { return se_sparse_is_clean(sector.read({Offset{0}, Offset{512}})); };
  CHECK_FALSE(clean());
  sector.little(0, std::uint64_t{0xcafecafe});
  CHECK(clean());
  sector.little(24, std::uint64_t{1});
  CHECK_FALSE(clean());
  CHECK_FALSE(se_sparse_is_clean({}));
}

TEST_CASE("an invalid seSparse header is refused") {
  struct Case {
    std::uint64_t at;
    std::uint64_t value;
  };
  for (const Case& one : {Case{0, 0xbebafeca}, Case{8, 0x100000002}, Case{24, 0}, Case{24, 16}, Case{24, ~0ULL},
                          Case{32, 0}, Case{32, 65}, Case{32, ~0ULL}, Case{40, 1}}) {
    SparseImage image = se_sparse_image();
    image.little(one.at, one.value);
    CHECK_FALSE(SeSparseHeader::parse(image.read({Offset{0}, Offset{512}})));
  }
  CHECK_FALSE(SeSparseHeader::parse({}));
  CHECK_FALSE(SeSparseHeader::parse(se_sparse_image().read({Offset{0}, Offset{511}})));
}

TEST_CASE("an invalid header of an ESX server's extent is refused") {
  struct Case {
    std::uint64_t at;
    std::uint32_t value;
  };
  for (const Case& one : {Case{0, 0}, Case{4, 0}, Case{4, 2}, Case{16, 0}, Case{16, 3}, Case{16, 1 << 18}}) {
    SparseImage image = cowd_image();
    image.little(one.at, one.value);
    CHECK_FALSE(VmdkHeader::parse(image.read({Offset{0}, Offset{512}})));
  }
  CHECK_FALSE(VmdkHeader::parse(cowd_image().read({Offset{0}, Offset{511}})));
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
