// SPDX-License-Identifier: MIT
#include "archives/archive_kind.h"

#include <doctest/doctest.h>

#include <string>

#include "archives/tar_builder.h"

using namespace rimfs;
using namespace rimfs::archives;
using namespace rimfs::archives::test;

TEST_CASE("the kind of an archive is told by its first bytes") {
  struct Row {
    std::string beginning;
    ArchiveKind kind;
  };
  const Row rows[] = {
      {tar_file("a"), ArchiveKind::tar},
      {tar_block({.name = "a", .magic = ""}), ArchiveKind::tar},
      {tar_file("BZh91AY&SY"), ArchiveKind::tar},
      {std::string(512, '\0'), ArchiveKind::unknown},
      {std::string(512, ' '), ArchiveKind::unknown},
      {"PK\3\4", ArchiveKind::zip},
      {"PK\5\6", ArchiveKind::zip},
      {std::string("\xFD\x37zXZ\0", 6), ArchiveKind::xz},
      {"\x28\xB5\x2F\xFD", ArchiveKind::zstd},
      {"\x5E\x2A\x4D\x18", ArchiveKind::zstd},
      {"\x1F\x8B\x08", ArchiveKind::gzip},
      {"BZh91AY&SY", ArchiveKind::bzip2},
      {"BZh9 is no archive", ArchiveKind::unknown},
      {"LZIP\1", ArchiveKind::lzip},
      {"7z\xBC\xAF\x27\x1C", ArchiveKind::seven_zip},
      {"Rar!\x1A\x07\x01", ArchiveKind::rar},
      {"QFI\xFB", ArchiveKind::unknown},
      {"", ArchiveKind::unknown},
  };
  for (const Row& row : rows) {
    CAPTURE(row.beginning);
    CHECK(archive_kind(std::as_bytes(std::span(row.beginning))) == row.kind);
  }
  CHECK(name_of(ArchiveKind::gzip) == "a gzip file");
}
