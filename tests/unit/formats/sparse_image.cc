// SPDX-License-Identifier: MIT
#include "formats/sparse_image.h"

namespace rimfs::formats::test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kGiB = 1 << 30;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

void vmdk_header(SparseImage& image, U64 at, U64 directory, U32 flags) {
  image.text(at, "KDMV").little(at + 4, U32{1}).little(at + 8, flags);
  image.little(at + 12, U64{262144}).little(at + 20, U64{128});  // four tables of 32 MiB; grains of 64 KiB
  image.little(at + 28, U64{1}).little(at + 36, U64{20});        // the descriptor
  image.little(at + 44, U32{512}).little(at + 48, U64{0x1000}).little(at + 56, directory);
}

void put_ext4(SparseImage& image, U64 begin) {
  const U64 super = begin + 1024;
  image.little(super + 0x4, U32{262144}).little(super + 0x18, U32{2});  // 1 GiB in blocks of 4 KiB
  image.little(super + 0x20, U32{32768}).little(super + 0x38, U16{0xef53});
  image.little(super + 0x60, U32{0x80}).little(super + 0xfe, U16{64});
  image.little(begin + 4096 + 0x8, U32{5000});  // the first group's inode table
}

void put_xfs(SparseImage& image, U64 begin) {
  image.text(begin, "XFSB").big(begin + 4, U32{4096}).big(begin + 8, U64{262144}).big(begin + 56, U64{128});
  image.big(begin + 84, U32{65536}).big(begin + 88, U32{4}).big(begin + 102, U16{512});
  image.byte(begin + 123, 3).byte(begin + 124, 16);
}

void put_ntfs(SparseImage& image, U64 begin) {
  image.text(begin + 3, "NTFS    ").little(begin + 11, U16{512}).byte(begin + 13, 8);
  image.little(begin + 48, U64{786432 / 8}).little(begin + 56, U64{2}).little(begin + 510, U16{0xaa55});
}

void put_lvm(SparseImage& image, U64 begin) {
  const U64 label = begin + 512;
  image.text(label, "LABELONE").little(label + 20, U32{32}).text(label + 24, "LVM2 001");
  image.little(label + 72, U64{kMiB}).little(label + 80, U64{0});  // the data area, then the end of its list
  image.little(label + 104, U64{8192}).little(label + 112, U64{kMiB - 8192});  // the metadata area
  const U64 area = begin + 8192;
  image.text(area + 4, " LVM2 x[5A%r0N*>").little(area + 40, U64{kMiB - 8192 - 4096}).little(area + 48, U64{8192});
}

void mbr_entry(SparseImage& image, U64 sector, unsigned index, unsigned type, U64 start) {
  const U64 at = sector * 512 + 446 + U64{index} * 16;
  image.byte(at + 4, type).little(at + 8, static_cast<U32>(start / 512)).little(at + 12, U32{2048});
  image.little(sector * 512 + 510, U16{0xaa55});
}

}  // namespace

SparseImage qcow2_image(U64 tables) {
  SparseImage image(20 * kGiB);
  image.big(0, U32{0x514649fb}).big(4, U32{3}).big(20, U32{16}).big(24, U64{tables * 512 * kMiB});
  image.big(36, static_cast<U32>(tables)).big(40, kMiB);
  image.big(48, 2 * kMiB).big(56, U32{2}).big(60, U32{3}).big(64, 3 * kMiB);
  image.big(8, U64{0x1000}).big(16, U32{20});                            // the backing file's name
  image.big(100, U32{104}).big(104, U32{0x23852875}).big(108, U32{24});  // bitmaps
  image.big(112 + 8, U64{64}).big(112 + 16, 5 * kMiB);
  for (U64 i = 0; i < tables; ++i) image.big(kMiB + 8 * i, (16 * kMiB * (i + 1)) | U64{1} << 63);
  return image;
}

SparseImage vmdk_image() {
  SparseImage image(kGiB);
  vmdk_header(image, 0, 0x800, 3);
  for (U64 i = 0; i < 4; ++i) image.little(kMiB + 4 * i, static_cast<U32>((3 * kMiB) / 512 + i * 4));
  return image;
}

SparseImage vmdk_stream() {
  SparseImage image = vmdk_image();
  vmdk_header(image, 0, ~U64{0}, 0x30001);
  vmdk_header(image, kGiB - 1024, 0x800, 0x30001);
  return image;
}

SparseImage cowd_image() {
  SparseImage image(kGiB);
  image.text(0, "COWD").little(4, U32{1}).little(8, U32{3}).little(12, U32{16384}).little(16, U32{1});
  image.little(20, U32{0x800}).little(24, U32{4}).little(28, U32{0x20000});
  for (U64 i = 0; i < 4; ++i) image.little(kMiB + 4 * i, static_cast<U32>((i + 1) * 16 * kMiB / 512));
  return image;
}

SparseImage se_sparse_image() {
  SparseImage image(kGiB);
  const U64 fields[] = {0xcafebabe, 0x200000001, 0x20000, 8, 64};  // magic, version, capacity, grain, table
  for (U64 i = 0; i < 5; ++i) image.little(8 * i, fields[i]);
  image.little(80, U64{0x80}).little(88, U64{1});          // the volatile header
  image.little(128, U64{0x800}).little(136, U64{32});      // the directory
  image.little(144, U64{0x1800}).little(152, U64{4096});   // the tables
  image.little(192, U64{0x10000}).little(200, U64{4096});  // the grains
  image.little(64 << 10, U64{0xcafecafe});
  for (U64 i = 0; i < 4; ++i) image.little(kMiB + 8 * i, (U64{1} << 60) | (100 * i));
  return image;
}

SparseImage vhd_image() {
  SparseImage image(kGiB);
  for (const U64 at : {U64{0}, kGiB - 512}) image.text(at, "conectix").big(at + 16, U64{512}).big(at + 60, U32{3});
  image.text(512, "cxsparse").big(512 + 16, kMiB).big(512 + 28, U32{20000}).big(512 + 32, U32{2 << 20});
  image.big(512 + 576, U32{0x57326b75}).big(512 + 576 + 8, U32{40}).big(512 + 576 + 16, 2 * kMiB);
  return image;
}

SparseImage vhdx_image() {
  SparseImage image(kGiB);
  image.text(0, "vhdxfile").text(64 << 10, "head").text(128 << 10, "head");
  const U64 table = 192 << 10;
  image.text(table, "regi").little(table + 8, U32{2});
  image.text(table + 16, std::string_view("\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08", 16));
  image.little(table + 32, 3 * kMiB).little(table + 40, static_cast<U32>(kMiB));
  image.text(table + 48, std::string_view("\x06\xa2\x7c\x8b\x90\x47\xd6\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e", 16));
  image.little(table + 64, 2 * kMiB).little(table + 72, static_cast<U32>(kMiB));
  return image;
}

SparseImage vdi_image() {
  SparseImage image(kGiB);
  image.text(0, "<<< Oracle VM VirtualBox Disk Image >>>\n").little(0x40, U32{0xbeda107f}).little(0x44, U32{0x10001});
  image.little(0x154, static_cast<U32>(kMiB)).little(0x158, static_cast<U32>(2 * kMiB)).little(0x180, U32{30000});
  return image;
}

SparseImage gpt_disk() {
  SparseImage image(8 * kGiB);
  mbr_entry(image, 0, 0, 0xee, 512);
  image.text(512, "EFI PART").little(512 + 32, 8 * kGiB / 512 - 1).little(512 + 72, U64{2});
  image.little(512 + 80, U32{128}).little(512 + 84, U32{128});
  for (U64 i = 0; i < 4; ++i) {
    image.text(1024 + 128 * i, "a GUID, not null").little(1024 + 128 * i + 32, (i == 0 ? kMiB : i * kGiB) / 512);
  }
  put_ext4(image, kMiB);
  put_xfs(image, kGiB);
  put_ntfs(image, 2 * kGiB);
  put_lvm(image, 3 * kGiB);
  return image;
}

SparseImage mbr_disk() {
  SparseImage image(8 * kGiB);
  mbr_entry(image, 0, 0, 0x83, kMiB);
  mbr_entry(image, 0, 1, 0x05, kGiB);
  mbr_entry(image, kGiB / 512, 0, 0x07, kMiB);
  mbr_entry(image, kGiB / 512, 1, 0x05, kGiB);
  mbr_entry(image, 2 * kGiB / 512, 0, 0x83, kMiB);
  put_ext4(image, kMiB);
  put_ntfs(image, kGiB + kMiB);
  put_xfs(image, 2 * kGiB + kMiB);
  return image;
}

}  // namespace rimfs::formats::test
