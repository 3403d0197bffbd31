// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "extents/digest.h"
#include "extents/image_map.h"

namespace rimfs::extents {
namespace {

constexpr std::uint64_t kBlock = 4096;

ByteRange bytes(std::uint64_t begin, std::uint64_t end) { return {Offset{begin}, Offset{end}}; }

/// As bmaptool 3.6 writes it of a file of 1000001 bytes with data in block 73, its long comments left out.
constexpr const char* kReal = R"(<?xml version="1.0" ?>
<!-- This file contains the block map for an image file. -->
<bmap version="2.0">
    <!-- Image size in bytes: 976.6 KiB -->
    <ImageSize> 1000001 </ImageSize>
    <BlockSize> 4096 </BlockSize>
    <BlocksCount> 245 </BlocksCount>
    <MappedBlocksCount> 1   </MappedBlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BmapFileChecksum> @ </BmapFileChecksum>
    <BlockMap>
        <Range chksum="fd3175a0c6bb17869cc8fe9cabc2817730f4b4f99383ac8737c92db73c01b5a3"> 73 </Range>
    </BlockMap>
</bmap>
)";

/// The text with "@" replaced by the checksum of itself.
std::string summed(std::string text, const std::string& algorithm = "sha256") {
  std::optional<Digest> digest = Digest::of(algorithm);
  const std::size_t at = text.find('@');
  if (at == std::string::npos) return text;
  text.replace(at, 1, std::string(digest->digits(), '0'));
  const std::size_t size = digest->digits();
  digest->add(text);
  return text.replace(at, size, digest->hex());
}

struct Parts {
  std::string version = "2.0";
  std::string size = "40960";
  std::string block = "4096";
  std::string blocks = "10";
  std::string mapped = "3";
  std::string sums = "<ChecksumType>sha256</ChecksumType><BmapFileChecksum>@</BmapFileChecksum>";
  std::string map = "<Range>0-1</Range><Range>5</Range>";
  std::string algorithm = "sha256";
  std::string text() const {
    return summed(fmt::format("<bmap version=\"{}\"><ImageSize>{}</ImageSize><BlockSize>{}</BlockSize>"
                              "<BlocksCount>{}</BlocksCount><MappedBlocksCount>{}</MappedBlocksCount>{}"
                              "<BlockMap>{}</BlockMap></bmap>",
                              version, size, block, blocks, mapped, sums, map),
                  algorithm);
  }
};

std::string refusal(const std::string& text) {
  try {
    read_image_map(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    return error.message();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("checksums are those of FIPS 180-4's examples") {
  std::optional<Digest> digest = Digest::of("SHA256");
  REQUIRE(digest);
  digest->add("a");
  digest->add("bc");
  CHECK(digest->hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Digest::of("sha1")->digits() == 40);
  CHECK_FALSE(Digest::of("crc0"));
}

TEST_CASE("a file written by bmaptool is read, including its checksums") {
  const ImageMap map = read_image_map(summed(kReal));
  CHECK(map.size == ByteCount{1000001});
  CHECK(map.fits(ByteCount{1000001}));
  CHECK_FALSE(map.fits(ByteCount{1000448}));
  CHECK(map.zeros == std::vector<ByteRange>{bytes(0, 73 * kBlock), bytes(74 * kBlock, 1000001)});
  CHECK(map.algorithm == "sha256");
  REQUIRE(map.sums.size() == 1);
  CHECK(map.sums[0].range == bytes(73 * kBlock, 74 * kBlock));
  CHECK(map.sums[0].sum.starts_with("fd3175a0"));
}

TEST_CASE("older versions are read: without sums, and with SHA-1") {
  Parts parts;
  parts.sums.clear();
  for (const char* version : {"1.0", "1.2"}) {
    parts.version = version;
    CHECK(read_image_map(parts.text()).zeros == std::vector<ByteRange>{bytes(8192, 20480), bytes(24576, 40960)});
  }
  parts.version = "1.3";
  parts.algorithm = "sha1";
  parts.sums = "<BmapFileSHA1>@</BmapFileSHA1>";
  parts.map = R"(<Range sha1="00">0-1</Range><Range>5</Range>)";
  const ImageMap map = read_image_map(parts.text());
  CHECK(map.algorithm == "sha1");
  CHECK(map.sums.size() == 1);
  parts.version = "1.4";  // as 2.0
  CHECK(refusal(parts.text()).find("ChecksumType is not known") != std::string::npos);
}

TEST_CASE("bmap files that contradict themselves are refused") {
  struct Row {
    const char* what;
    void (*change)(Parts&);
    const char* says;
  };
  const Row rows[] = {
      {"version 3", [](Parts& p) { p.version = "3.0"; }, "its version is 3"},
      {"no version", [](Parts& p) { p.version = ""; }, "its version"},
      {"size of a word", [](Parts& p) { p.size = "many"; }, "invalid ImageSize"},
      {"negative size", [](Parts& p) { p.size = "-1"; }, "invalid ImageSize"},
      {"size of 2^63", [](Parts& p) { p.size = "9223372036854775808"; }, "invalid ImageSize"},
      {"size beyond 64 bits", [](Parts& p) { p.size = "99999999999999999999999"; }, "invalid ImageSize"},
      {"no block size", [](Parts& p) { p.block = "0"; }, "BlockSize is out of bounds"},
      {"huge block size", [](Parts& p) { p.block = "9223372036854775807"; }, "BlockSize is out of bounds"},
      {"too few blocks", [](Parts& p) { p.blocks = "9"; }, "do not make up"},
      {"wrong mapped count", [](Parts& p) { p.mapped = "4"; }, "lists 3 blocks and says 4"},
      {"range past the end", [](Parts& p) { p.map = "<Range>0-1</Range><Range>10</Range>"; }, "beyond 10 blocks"},
      {"ranges overlap", [](Parts& p) { p.map = "<Range>0-1</Range><Range>1</Range>"; }, "out of order"},
      {"ranges out of order", [](Parts& p) { p.map = "<Range>5</Range><Range>0-1</Range>"; }, "out of order"},
      {"range backwards", [](Parts& p) { p.map = "<Range>2-1</Range>"; }, "out of order"},
      {"range of a word", [](Parts& p) { p.map = "<Range>x</Range>"; }, "invalid Range"},
      {"empty range", [](Parts& p) { p.map = "<Range/>"; }, "invalid Range"},
      {"range with an open end", [](Parts& p) { p.map = "<Range>1-</Range>"; }, "invalid Range"},
      {"huge range", [](Parts& p) { p.map = "<Range>0-99999999999999999999</Range>"; }, "invalid Range"},
      {"two maps", [](Parts& p) { p.map += "</BlockMap><BlockMap>"; }, "two BlockMaps"},
      {"field after the map", [](Parts& p) { p.map += "</BlockMap><ImageSize>1</ImageSize><BlockMap>"; },
       "two BlockMaps"},
      {"no sum", [](Parts& p) { p.sums = "<ChecksumType>sha256</ChecksumType>"; }, "checksum is missing"},
      {"short sum",
       [](Parts& p) { p.sums = "<ChecksumType>sha256</ChecksumType><BmapFileChecksum>ab</BmapFileChecksum>"; },
       "checksum is missing"},
      {"wrong sum",
       [](Parts& p) {
         p.sums =
             "<ChecksumType>sha256</ChecksumType><BmapFileChecksum>" + std::string(64, 'a') + "</BmapFileChecksum>";
       },
       "checksum is wrong"},
      {"unknown sum",
       [](Parts& p) { p.sums = "<ChecksumType>rot13</ChecksumType><BmapFileChecksum>@</BmapFileChecksum>"; },
       "ChecksumType is not known"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Parts parts;
    CHECK(refusal(parts.text()) == "accepted");
    row.change(parts);
    CHECK(refusal(parts.text()).find(row.says) != std::string::npos);
  }
}

TEST_CASE("text other than a bmap file is refused") {
  struct Row {
    const char* text;
    const char* says;
  };
  const Row rows[] = {
      {"<html></html>", "no bmap file"},
      {"<bmap version=\"2.0\">", "invalid XML"},
      {"<bmap version=\"2.0\"/>", "holds no BlockMap"},
      {"<bmap version=\"1.0\"><BlockMap/></bmap>", "missing before BlockMap"},
      {"<!DOCTYPE bmap [<!ENTITY a \"b\">]><bmap version=\"2.0\">&a;</bmap>", "document type"},
      {"<!DOCTYPE bmap SYSTEM \"file:///etc/passwd\"><bmap version=\"2.0\"/>", "document type"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(refusal(row.text).find(row.says) != std::string::npos);
  }
}

TEST_CASE("a written bmap file is read again") {
  struct Row {
    std::uint64_t size;
    std::vector<ByteRange> zeros;
    std::vector<ByteRange> read;
  };
  const Row rows[] = {
      {1000001, {}, {}},
      {1000001, {bytes(0, 1000001)}, {bytes(0, 1000001)}},
      {1000001, {bytes(1, 8191)}, {}},
      {1000001, {bytes(0, 4095), bytes(4097, 12288)}, {bytes(8192, 12288)}},
      {1000001, {bytes(999000, 1000001)}, {bytes(999424, 1000001)}},
      {1000001,
       {bytes(0, 8192), bytes(12288, 20480), bytes(900000, 1000001)},
       {bytes(0, 8192), bytes(12288, 20480), bytes(901120, 1000001)}},
      {std::uint64_t{64} << 40, {bytes(4096, std::uint64_t{64} << 40)}, {bytes(4096, std::uint64_t{64} << 40)}},
  };
  for (const Row& row : rows) {
    const ImageMap map = read_image_map(write_bmap(ByteCount{row.size}, row.zeros));
    CHECK(map.size == ByteCount{row.size});
    CHECK(map.zeros == row.read);
  }
}

TEST_CASE("a bmap file with a byte changed is refused, or has the same content") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  const std::string good = write_bmap(ByteCount{1000001}, {bytes(0, 8192), bytes(12288, 20480)});
  const ImageMap expected = read_image_map(good);
  for (int round = 0; round < 5000; ++round) {
    std::string text = good;
    const std::size_t at = random() % text.size();
    text[at] = static_cast<char>(random());
    try {
      const ImageMap map = read_image_map(text);
      REQUIRE(map.zeros == expected.zeros);
      REQUIRE(map.size == expected.size);
    } catch (const Error&) {
    }
  }
}

TEST_CASE("a version without sums with bytes changed is refused or covers its own size in order") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  Parts parts;
  parts.version = "1.2";
  parts.sums.clear();
  const std::string good = parts.text();
  for (int round = 0; round < 10000; ++round) {
    std::string text = good;
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = static_cast<char>(random());
      } else {
        text.insert(at, std::to_string(random()));
      }
    }
    try {
      const ImageMap map = read_image_map(text);
      Offset end{};
      for (const ByteRange& range : map.zeros) {
        REQUIRE((range.begin > end || (range.begin == Offset{} && end == Offset{})));
        REQUIRE_FALSE(range.empty());
        end = range.end;
      }
      REQUIRE(end.value <= map.size.value);
    } catch (const Error&) {
    }
  }
}

}  // namespace rimfs::extents
