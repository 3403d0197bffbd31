// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "archives/archive_kind.h"
#include "archives/read_archive.h"
#include "archives/zip_builder.h"
#include "base/error.h"

using namespace rimfs;
using namespace rimfs::archives;
using namespace rimfs::archives::test;

namespace {

Index read_zip(const std::string& archive, std::size_t window = 0, std::size_t* steps = nullptr) {
  return read_archive(make_zip_reader(ByteCount{archive.size()}), archive, window, steps);
}

const Format kFormat{[](ByteCount size) { return make_zip_reader(size); }, {31, 1024, 65536, 1 << 20}};

std::string members(const std::string& archive) { return members_of(kFormat, archive); }
ErrorKind failure_of(const std::string& archive) { return refusal_of(kFormat, archive); }
void check(const std::vector<ArchiveRow>& rows) { check_members(kFormat, rows); }

}  // namespace

TEST_CASE("stored members of a zip archive are listed with the place of their bytes") {
  const std::vector<ZipFile> two = {{.name = "a", .bytes = "12345"}, {.name = "d/b"}};
  const std::string places = "a 31 5\nd/b 69 1\n";
  const std::string fake = "PK\5\6" + std::string(18, '\0') + "and so on";
  check({
      {"two", zip_archive(two), places},
      {"none", zip_archive({}), ""},
      {"folders", zip_archive({{.name = "d/", .bytes = ""}}), "d/\n"},
      {"no bytes", zip_archive({{.name = "a", .bytes = ""}}), "a 0 0\n"},
      {"a longer extra field before the bytes", zip_archive({{.name = "a", .local_extra = std::string(100, 'e')}}),
       "a 131 1\n"},
      {"data descriptors", zip_archive({{.name = "a", .flags = 8, .behind = std::string(16, 'd')}, {.name = "b"}}),
       "a 31 1\nb 79 1\n"},
      {"the end record's signature in the comment", zip_archive(two, {.comment = fake}), places},
      {"a comment of full length", zip_archive(two, {.comment = std::string(65535, 'c')}), places},
      {"a comment that is longer than it says", zip_archive(two, {.comment = "comment", .comment_size = 3}), places},
      {"a program before it", zip_archive(two, {.prefix = std::string(1000, 'p')}), "a 1031 5\nd/b 1069 1\n"},
      {"something behind the directory", zip_archive(two, {.gap = std::string(50, 'g')}), places},
      {"ZIP64",
       zip_archive({{.name = "a", .bytes = "12345", .zip64 = true}, {.name = "d/b", .zip64 = true}}, {.zip64 = true}),
       places},
      {"ZIP64 with a program before it", zip_archive(two, {.prefix = "123", .zip64 = true}), "a 34 5\nd/b 72 1\n"},
      {"symbolic links are not listed",
       zip_archive({{.name = "s", .made_by = 0x314, .attributes = 0120777ULL << 16},
                    {.name = "a", .made_by = 0x314, .attributes = 0100644ULL << 16}}),
       "a 63 1\n"},
      {"a file that was a pipe", zip_archive({{.name = "a", .made_by = 0x314, .attributes = 0010600ULL << 16}}),
       "a 31 1\n"},
      {"another number of entries", zip_archive(two, {.more_entries = 1}),
       places + "! the archive's directory has 2 entries, its end record says 3\n"},
  });
}

TEST_CASE("members of a zip archive that do not lie in it as they are, are refused with the reason") {
  check({
      {"deflate", zip_archive({{.name = "a", .method = 8}}), "a: it is compressed (deflate)\n"},
      {"an unknown method", zip_archive({{.name = "a", .method = 77}}), "a: it is compressed (method 77)\n"},
      {"encrypted", zip_archive({{.name = "a", .flags = 1}}), "a: it is encrypted\n"},
      {"on another disk", zip_archive({{.name = "a", .disk = 3}}), "a: it lies in another part of a split archive\n"},
      {"beyond the directory", zip_archive({{.name = "a", .more = 1}}), "a: its bytes lie outside of the archive\n"},
      {"far beyond", zip_archive({{.name = "a", .zip64 = true, .more = ~std::uint64_t{1}}}),
       "a: its bytes lie outside of the archive\n"},
      {"by its own header", zip_archive({{.name = "a", .local_extra = "", .signature = "PK\3\5"}, {.name = "b"}}),
       "a: its own header in the archive is damaged\nb 63 1\n"},
  });
  std::string no_zip64 = zip_archive({{.name = "a", .zip64 = true}});
  no_zip64[no_zip64.size() - 22 - 28] = 9;  // the extra field is no longer ZIP64's
  CHECK(members(no_zip64) == "a: its size or place is missing in the archive's directory\n");
}

TEST_CASE("the time of a zip member is known where it has a zone") {
  const auto modified = [](const std::string& extra) {
    return read_zip(zip_archive({{.name = "a", .extra = extra}})).members[0].modified;
  };
  CHECK(modified("") == std::nullopt);
  CHECK(modified(extra_field(0x5455, "\1" + u32(1'700'000'000))) == 1'700'000'000);
  CHECK(modified(extra_field(0x5455, "\1" + u32(0xffffffff))) == -1);
  CHECK(modified(extra_field(0x5455, "\2" + u32(1))) == std::nullopt);
  CHECK(modified(extra_field(0x000a, u32(0) + u16(1) + u16(24) + u64(133'444'736'000'000'000) + u64(0) + u64(0))) ==
        1'700'000'000);
  CHECK(modified(extra_field(0x000a, u32(0) + u16(1) + u16(8))) == std::nullopt);
}

TEST_CASE("a zip archive that is split, damaged or none is refused as a whole") {
  const std::vector<ZipFile> one = {{.name = "a"}};
  CHECK(failure_of(zip_archive(one, {.disk = 2})) == ErrorKind::unsupported);
  CHECK(failure_of("no zip archive") == ErrorKind::corrupt);
  CHECK(failure_of(std::string(100'000, 'P')) == ErrorKind::corrupt);
  const std::string whole = zip_archive(one);
  for (std::size_t size = 1; size < whole.size(); ++size)
    CHECK(failure_of(whole.substr(0, size)) == ErrorKind::corrupt);
  std::string damaged = whole;
  damaged[32] = 'Q';  // the first entry's signature
  CHECK(failure_of(damaged) == ErrorKind::corrupt);
  std::string moved = zip_archive(one, {.zip64 = true});
  moved[moved.size() - 22 - 20 - 56] = 'Q';  // ZIP64's end record
  CHECK(failure_of(moved) == ErrorKind::corrupt);
}

TEST_CASE("a zip directory that is damaged in the middle is listed up to there") {
  std::string archive = zip_archive({{.name = "a"}, {.name = "b"}, {.name = "c"}});
  archive[3 * 32 + 47] = 'Q';
  CHECK(members(archive) ==
        "a 31 1\n! the archive's directory is damaged at byte 143; members behind it are not known\n"
        "! the archive's directory has 1 entries, its end record says 3\n");
}

TEST_CASE("a zip directory that is larger than a window is read in pieces") {
  std::vector<ZipFile> files;
  files.reserve(30'001);
  for (int i = 0; i < 30'000; ++i) files.push_back({.name = fmt::format("{:0100}", i), .bytes = "", .method = 8});
  files.push_back({.name = "last", .bytes = "123"});
  const std::string archive = zip_archive(files);
  std::size_t steps = 0;
  const Index index = read_zip(archive, 0, &steps);
  CHECK(index.members.size() == 30'001);
  CHECK(index.members.back().offset.value == 30'000 * 130 + 34);
  CHECK(index.warnings.empty());
  CHECK(steps == 1 + 5 + 1);  // the end, 4.4 MB of the directory, a local header
  CHECK(read_zip(archive, 65536) == index);
}

TEST_CASE("near local headers of a zip archive need one window, and too many are refused") {
  std::vector<ZipFile> files(10'000, {.name = "a"});
  const std::string archive = zip_archive(files);
  std::size_t steps = 0;
  CHECK(read_zip(archive, 1 << 20, &steps).members.size() == 10'000);
  CHECK(steps == 3);
  files.push_back({.name = "b", .bytes = ""});
  CHECK(failure_of(zip_archive(files)) == ErrorKind::cancelled);  // it has no bytes that must be found
  files.push_back({.name = "c"});
  CHECK(failure_of(zip_archive(files)) == ErrorKind::unsupported);
}
