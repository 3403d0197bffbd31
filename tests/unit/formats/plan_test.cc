// SPDX-License-Identifier: MIT
#include "formats/plan.h"

#include <doctest/doctest.h>

#include <random>

#include "formats/sparse_image.h"

using namespace rimfs;
using namespace rimfs::formats;
using namespace rimfs::formats::test;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kGiB = 1 << 30;

struct Part {
  std::uint64_t offset;
  std::uint64_t count;
};

struct Row {
  const char* what;
  SparseImage image;
  const char* format;
  std::size_t steps;  ///< Round trips, the header's among them.
  std::vector<Part> tables;
};

std::vector<Row> rows() {
  return {
      {"qcow2",
       qcow2_image(),
       "qcow2",
       3,
       {{kMiB, 32}, {2 * kMiB, 128 << 10}, {3 * kMiB, 768}, {5 * kMiB, 64}, {16 * kMiB, 65536}, {64 * kMiB, 65536}}},
      {"VMDK", vmdk_image(), "VMDK", 3, {{512, 10240}, {kMiB, 16}, {2 * kMiB, 16}, {3 * kMiB, 8192}}},
      {"VMDK stream", vmdk_stream(), "VMDK", 4, {{kGiB - 1024, 512}, {kMiB, 16}, {3 * kMiB, 8192}}},
      {"COWD", cowd_image(), "VMDK", 3, {{kMiB, 16}, {16 * kMiB, 16384}, {64 * kMiB, 16384}}},
      {"seSparse",
       se_sparse_image(),
       "seSparse VMDK",
       3,
       {{64 << 10, 512}, {kMiB, 16384}, {3 * kMiB, 32768}, {3 * kMiB + std::uint64_t{300} * 32768, 32768}}},
      {"VHD", vhd_image(), "VHD", 2, {{512, 1024}, {kMiB, 80000}, {kGiB - 512, 512}, {2 * kMiB, 40}}},
      {"VHDX",
       vhdx_image(),
       "VHDX",
       3,
       {{64 << 10, 4096},
        {128 << 10, 4096},
        {192 << 10, 65536},
        {3 * kMiB, kMiB},
        {2 * kMiB, 64},
        {2 * kMiB + 65536, 64}}},
      {"VDI", vdi_image(), "VDI", 2, {{kMiB, 120000}}},
      {"GPT",
       gpt_disk(),
       "raw disk",
       4,
       {{8 * kGiB - 16896, 16896},  // the copy
        {kMiB + 4096, 512},
        {kMiB + std::uint64_t{5000} * 4096, 4096},  // ext4
        {kGiB, 2048},
        {kGiB + std::uint64_t{196608} * 4096, 2048},
        {kGiB + std::uint64_t{16} * 4096, 4096},  // XFS
        {2 * kGiB + std::uint64_t{786432 / 8} * 4096, 65536},
        {2 * kGiB + 8192, 4096},  // NTFS
        {3 * kGiB + 8192, 512},
        {3 * kGiB + kMiB - 4096, 4096},
        {3 * kGiB + 8192 + 512, 4096}}},  // LVM
      {"MBR",
       mbr_disk(),
       "raw disk",
       5,
       {{kMiB, 4096}, {kGiB, 512}, {kGiB + kMiB, 512}, {2 * kGiB, 512}, {2 * kGiB + kMiB, 512}}},
  };
}

/// The plan kept to its limits, in whole units of the file, and fetches nothing twice.
void check_limits(const SparseImage& image, const Outcome& outcome, const Limits& limits) {
  RangeSet asked;
  RangeSet fetched;
  ByteCount sum;
  std::unordered_set<std::uint64_t> blocks;
  CHECK(outcome.steps.size() <= 24);
  for (const auto& step : outcome.steps) {
    for (const Want& want : step) {
      REQUIRE_FALSE(want.range.empty());
      REQUIRE(want.range.end.value <= image.size().value);
      REQUIRE(want.range.begin.value % limits.unit.value == 0);
      for (const ByteRange& fresh : asked.missing(want.range)) sum += fresh.size();
      if (!want.look) REQUIRE(fetched.missing(want.range) == std::vector{want.range});
      if (!want.look) fetched.add(want.range);
      asked.add(want.range);
      for (std::uint64_t at = want.range.begin.value; at < want.range.end.value; at += limits.unit.value) {
        blocks.insert(at / limits.block.value);
      }
    }
  }
  REQUIRE(sum == outcome.wanted);
  REQUIRE(sum <= limits.bytes);
  REQUIRE(blocks.size() <= limits.blocks);
}

}  // namespace

TEST_CASE("the tables of each format are requested, in few steps") {
  for (const Row& row : rows()) {
    CAPTURE(row.what);
    const Outcome outcome = survey_of(row.image);
    CHECK(outcome.format == row.format);
    CHECK(outcome.steps.size() == row.steps);
    for (const Part& part : row.tables) {
      CAPTURE(part.offset);
      CHECK(outcome.wants(part.offset, part.count));
    }
    check_limits(row.image, outcome, usual_limits(row.image.size()));
  }
}

TEST_CASE("few bytes beyond the tables are requested") {
  for (const Row& row : rows()) {
    CAPTURE(row.what);
    ByteCount tables = 16_KiB;  // the header
    for (const Part& part : row.tables) tables += align_up(ByteCount{part.count}, 16_KiB) + 16_KiB;
    CHECK(survey_of(row.image).wanted <= tables * 2);
  }
}

TEST_CASE("of an unknown file only the first bytes are requested") {
  const auto first_only = [](const SparseImage& image) {
    const Outcome outcome = survey_of(image);
    CHECK(outcome.format.empty());
    REQUIRE(outcome.steps.size() == 1);
    CHECK(outcome.wanted == std::min(image.size(), 16_KiB));
  };
  first_only(SparseImage(kGiB));
  first_only(SparseImage(1));
  first_only(SparseImage(700));
  SparseImage text(kGiB);
  text.text(0, "just some text that is long enough to be looked at, and nothing else");
  first_only(text);
  SparseImage loader(kGiB);  // a boot sector without partitions
  loader.little(510, std::uint16_t{0xaa55});
  first_only(loader);
  CHECK(survey_of(SparseImage(0)).steps.empty());
}

TEST_CASE("a descriptor of a VMDK is recognised, and nothing more is requested") {
  SparseImage image(600);
  image.text(0, "# Disk DescriptorFile\nversion=1\n");
  const Outcome outcome = survey_of(image);
  CHECK(outcome.format == "VMDK");
  CHECK(outcome.wanted == ByteCount{600});
}

TEST_CASE("a descriptor of a VMDK is not taken for another format") {
  SparseImage image(4 * kMiB);
  image.text(0, "# Disk DescriptorFile\nversion=1\n# ");
  image.text(64, "COWD").text(512, "LABELONE").text(512 + 24, "LVM2 001").little(1024 + 0x38, std::uint16_t{0xef53});
  image.little(510, std::uint16_t{0xaa55});
  const Outcome outcome = survey_of(image);
  CHECK(outcome.format == "VMDK");
  CHECK(outcome.wanted == 16_KiB);
}

TEST_CASE("a file system without partitions is recognised") {
  SparseImage disk = mbr_disk();
  SparseImage volume(kGiB);
  for (const std::uint64_t place : disk.written()) {
    if (place < kMiB || place >= 2 * kMiB) continue;
    volume.byte(place - kMiB, static_cast<unsigned>(disk.read(range_of(Offset{place}, ByteCount{1}))[0]));
  }
  const Outcome outcome = survey_of(volume);
  CHECK(outcome.format == "raw disk");
  CHECK(outcome.wants(std::uint64_t{5000} * 4096, 4096));
}

TEST_CASE("of many tables, the first ones within the limits are requested") {
  const SparseImage image = qcow2_image(1024);
  SUBCASE("in bytes") {
    Limits limits = usual_limits(image.size());
    limits.bytes = 1_MiB;
    const Outcome outcome = survey_of(image, limits);
    CHECK(outcome.wants(16 * kMiB, 65536));
    CHECK(outcome.wants(32 * kMiB, 65536));
    CHECK_FALSE(outcome.wants(std::uint64_t{20} * 16 * kMiB, 1));
    check_limits(image, outcome, limits);
  }
  SUBCASE("in blocks of memory") {
    Limits limits = usual_limits(image.size());
    limits.blocks = 10;
    const Outcome outcome = survey_of(image, limits);
    CHECK(outcome.wants(std::uint64_t{5} * 16 * kMiB, 65536));
    CHECK_FALSE(outcome.wants(std::uint64_t{12} * 16 * kMiB, 1));
    check_limits(image, outcome, limits);
  }
}

TEST_CASE("the limit of requests grows with the image, within bounds") {
  CHECK(limits_of(1_MiB, 128_MiB, 16_KiB, 1_MiB).bytes == 8_MiB);
  CHECK(limits_of(1_GiB, 128_MiB, 16_KiB, 1_MiB).bytes == 1_GiB / 100);
  CHECK(limits_of(64_TiB, 128_MiB, 16_KiB, 1_MiB).bytes == 16_MiB);
  CHECK(limits_of(1_GiB, 128_MiB, 16_KiB, 4_MiB).blocks == 32);
}

TEST_CASE("bytes that never arrive end the plan") {
  const SparseImage image = qcow2_image();
  Plan plan(image.size(), usual_limits(image.size()));
  CHECK(plan.next().size() == 1);
  CHECK(plan.next().empty());
}

TEST_CASE("a cyclic chain of logical partitions ends") {
  SparseImage disk(8 * kGiB);
  const auto entry = [&](std::uint64_t sector, unsigned type, std::uint64_t start) {
    disk.byte(sector * 512 + 446 + 4, type).little(sector * 512 + 446 + 8, static_cast<std::uint32_t>(start));
    disk.byte(sector * 512 + 462 + 4, type).little(sector * 512 + 462 + 8, static_cast<std::uint32_t>(start));
    disk.little(sector * 512 + 510, std::uint16_t{0xaa55});
  };
  entry(0, 0x05, 1000);
  entry(1000, 0x05, 1000);
  entry(2000, 0x05, 1000);
  const Outcome outcome = survey_of(disk);
  CHECK(outcome.steps.size() <= 4);
  CHECK(outcome.wanted <= 128_KiB);
}

TEST_CASE("tables at impossible positions are not requested") {
  constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
  SparseImage qcow2 = qcow2_image();
  qcow2.big(40, kNowhere).big(48, kNowhere - 5).big(56, ~std::uint32_t{0}).big(64, kNowhere).big(60, ~std::uint32_t{0});
  qcow2.big(112 + 8, kNowhere).big(112 + 16, kNowhere).big(8, kNowhere);
  CHECK(survey_of(qcow2).wanted == 16_KiB);
  SparseImage vhd = vhd_image();
  vhd.big(16, kNowhere);
  CHECK(survey_of(vhd).wanted == 32_KiB);  // the footer
  SparseImage vmdk = vmdk_image();
  vmdk.little(12, kNowhere).little(28, kNowhere).little(36, kNowhere).little(48, kNowhere).little(56, kNowhere - 1);
  CHECK(survey_of(vmdk).wanted == 16_KiB);
  SparseImage cowd = cowd_image();
  cowd.little(20, ~std::uint32_t{0});
  CHECK(survey_of(cowd).wanted == 16_KiB);
  SparseImage se_sparse = se_sparse_image();
  for (const std::uint64_t field : {10U, 16U, 18U}) se_sparse.little(8 * field, kNowhere - field);
  CHECK(survey_of(se_sparse).wanted == 16_KiB);
}

TEST_CASE("entries that lead to no table are not followed") {
  SparseImage cowd = cowd_image();
  cowd.little(kMiB, std::uint32_t{0}).little(kMiB + 4, std::uint32_t{1}).little(kMiB + 8, ~std::uint32_t{0});
  CHECK(survey_of(cowd).wanted == 48_KiB);  // the header, the directory and the last table
  SparseImage se_sparse = se_sparse_image();
  constexpr std::uint64_t kIndex = 100;
  const std::uint64_t entries[] = {kIndex, kIndex | std::uint64_t{2} << 60, ~std::uint64_t{0}, 0x1fff'ffff'ffff'ffff};
  for (std::uint64_t i = 0; i < 4; ++i) se_sparse.little(kMiB + 8 * i, entries[i]);
  CHECK(survey_of(se_sparse).wanted == 48_KiB);  // both headers and the directory
}

TEST_CASE("a VMDK with a huge directory stays within the limits") {
  SparseImage cowd = cowd_image();
  cowd.little(12, ~std::uint32_t{0}).little(24, ~std::uint32_t{0});
  check_limits(cowd, survey_of(cowd), usual_limits(cowd.size()));
  SparseImage se_sparse = se_sparse_image();
  se_sparse.little(16, ~std::uint64_t{0}).little(136, ~std::uint64_t{0});
  check_limits(se_sparse, survey_of(se_sparse), usual_limits(se_sparse.size()));
  CHECK(survey_of(se_sparse).wants(3 * kMiB, 32768));
}

TEST_CASE("a VMDK whose entries lead back to its own tables is read once") {
  SparseImage cowd = cowd_image();
  for (std::uint64_t i = 0; i < 4; ++i) cowd.little(kMiB + 4 * i, std::uint32_t{0x800});  // the directory
  CHECK(survey_of(cowd).wanted == 32_KiB);
  SparseImage se_sparse = se_sparse_image();
  se_sparse.little(144, std::uint64_t{0x800});  // the tables lie where the directory is
  for (std::uint64_t i = 0; i < 4; ++i) se_sparse.little(kMiB + 8 * i, std::uint64_t{1} << 60);
  CHECK(survey_of(se_sparse).wanted == 64_KiB);  // both headers and one table
}

TEST_CASE("a seSparse's tables, which are in no order, are few ranges") {
  SparseImage image = se_sparse_image();
  constexpr std::uint64_t kTables = 64;
  image.little(16, kTables * 32768);
  for (std::uint64_t i = 0; i < kTables; ++i) image.little(kMiB + 8 * i, std::uint64_t{1} << 60 | i * 37 % kTables);
  const Outcome outcome = survey_of(image);
  REQUIRE(outcome.steps.size() == 3);
  CHECK(outcome.steps[2] == std::vector{Want{range_of(Offset{3 * kMiB}, ByteCount{kTables * 32768}), false}});
}

TEST_CASE("of a truncated VMDK, what is left is requested") {
  for (const SparseImage& whole : {cowd_image(), se_sparse_image()}) {
    for (const std::uint64_t size : {std::uint64_t{600}, kMiB + 8, 17 * kMiB}) {
      CAPTURE(size);
      SparseImage image = whole;
      image.resize(size);
      const Outcome outcome = survey_of(image);
      check_limits(image, outcome, usual_limits(image.size()));
      CHECK_FALSE(outcome.format.empty());
    }
  }
}

TEST_CASE("damaged images stay within the limits") {
  constexpr unsigned kSeed = 20;
  std::mt19937_64 random(kSeed);
  CAPTURE(kSeed);
  for (const Row& row : rows()) {
    CAPTURE(row.what);
    const std::vector<std::uint64_t> places = row.image.written();
    for (unsigned round = 0; round < 300; ++round) {
      SparseImage image = row.image;
      for (std::uint64_t i = random() % 6 + 1; i > 0; --i) {
        const std::uint64_t place = places[random() % places.size()] + random() % 3;
        const unsigned values[] = {0, 1, 0x7f, 0x80, 0xff, static_cast<unsigned>(random() & 0xff)};
        image.byte(place, values[random() % 6]);
      }
      if (random() % 4 == 0) image.resize(random() % (random() % 2 == 0 ? image.size().value : 8192));
      Limits limits = usual_limits(image.size());
      if (random() % 4 == 0) limits.blocks = random() % 5;
      if (random() % 4 == 0) limits.bytes = 16_KiB * (random() % 20);
      check_limits(image, survey_of(image, limits), limits);
    }
  }
}
