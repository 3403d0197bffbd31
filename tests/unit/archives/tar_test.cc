// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "archives/archive_kind.h"
#include "archives/read_archive.h"
#include "archives/tar_builder.h"
#include "archives/tar_header.h"
#include "base/error.h"
#include "base/work.h"

using namespace rimfs;
using namespace rimfs::archives;
using namespace rimfs::archives::test;

namespace {

Index read_tar(const std::string& archive, std::size_t window = 0, std::size_t* steps = nullptr) {
  return read_archive(make_tar_reader(ByteCount{archive.size()}), archive, window, steps);
}

const Format kFormat{[](ByteCount size) { return make_tar_reader(size); }, {513, 1024, 1536, 65536, 1 << 20}};

ErrorKind failure_of(const std::string& archive) { return refusal_of(kFormat, archive); }
void check(const std::vector<ArchiveRow>& rows) { check_members(kFormat, rows); }

const std::string kSparse = "it is a sparse member, whose bytes do not lie in one piece";
const std::string kNoTarget = "it is a hard link to a member that does not stand before it in the archive";

}  // namespace

TEST_CASE("members of a tar archive are listed with the place of their bytes, in every dialect") {
  const std::string v7;
  const std::string gnu("ustar  \0", 8);
  const std::string name100(100, 'n'), prefix155(155, 'p');
  const std::string one = tar_file("a", "12345");
  check({
      {"two files", one + tar_file("b", std::string(513, 'y')) + end_mark(), "a 512 5\nb 1536 513\n"},
      {"no end mark", one, "a 512 5\n"},
      {"one block of zeros, and an archive behind it", one + std::string(512, '\0') + one, "a 512 5\n"},
      {"an archive without members", end_mark(),
       "! the archive begins with its end mark: it is empty, or not written yet\n"},
      {"V7",
       tar_member({.name = "a", .type = '\0', .magic = v7}, "1") + tar_block({.name = "d/", .type = '\0', .magic = v7}),
       "a 512 1\nd/\n"},
      {"V7 has no prefix", tar_member({.name = "a", .magic = v7, .prefix = "p"}, "1"), "a 512 1\n"},
      {"GNU has no prefix", tar_member({.name = "a", .magic = gnu, .prefix = "p"}, "1"), "a 512 1\n"},
      {"the prefix of ustar", tar_member({.name = "a", .prefix = "p"}, "1"), "p/a 512 1\n"},
      {"names of full length", tar_member({.name = name100, .prefix = prefix155}, "1"),
       prefix155 + "/" + name100 + " 512 1\n"},
      {"folders", tar_block({.name = "d/e/", .type = '5'}) + tar_block({.name = "./", .type = '5'}), "d/e/\n./\n"},
      {"a folder's size is no bytes", tar_block({.name = "d", .type = '5', .size = octal(512)}) + one,
       "d/\na 1024 5\n"},
      {"GNU's folder with names", tar_member({.name = "d", .type = 'D', .magic = gnu}, "Yname") + one,
       "d/\na 1536 5\n"},
      {"links and devices are not listed",
       tar_block({.name = "s", .type = '2', .size = octal(9), .link = "a"}) + tar_block({.name = "c", .type = '3'}) +
           tar_block({.name = "b", .type = '4'}) + tar_block({.name = "f", .type = '6'}) + one,
       "a 2560 5\n"},
      {"a label is not listed", tar_block({.name = "label", .type = 'V', .magic = gnu}) + one, "a 1024 5\n"},
      {"unknown types are files", tar_member({.name = "z", .type = 'z'}, "1") + one, "z 512 1\na 1536 5\n"},
      {"GNU's long names",
       tar_member({.name = "././@LongLink", .type = 'L', .magic = gnu}, std::string(300, 'l') + '\0') + one + one,
       std::string(300, 'l') + " 1536 5\na 2560 5\n"},
      {"the rest of another volume", tar_member({.name = "m", .type = 'M', .magic = gnu}, "1") + one,
       "m: it begins in another volume of the archive\na 1536 5\n"},
      {"a member without a name", tar_file("") + one, "a 1536 5\n! members without a name are not listed: 1\n"},
  });
}

TEST_CASE("numbers of a tar header are read in all their spellings") {
  const auto number = [](const std::string& field) { return tar_number(std::as_bytes(std::span(field))); };
  CHECK(number("00000000012") == 10);
  CHECK(number("  12 ") == 10);
  CHECK(number(std::string("\00012\0 ", 5)) == 10);
  CHECK(number("777777777777") == 0777777777777);
  CHECK(number("            ") == 0);
  CHECK(number("") == 0);
  CHECK(number(base_256(20ULL << 30)) == 20LL << 30);
  CHECK(number(std::string(11, '\xff') + "\xfe") == -2);
  CHECK(number(base_256(1ULL << 63)) == std::nullopt);
  CHECK(number("\x80" + std::string(11, '\x7f')) == std::nullopt);
  CHECK(number("12x") == std::nullopt);
  CHECK(number("-1") == std::nullopt);
  CHECK(number(std::string(30, '7')) == std::nullopt);
}

TEST_CASE("the checksum of a tar header may add signed or unsigned bytes") {
  check({{"unsigned", tar_member({.name = "\xc3\xb6"}, "1"), "\xc3\xb6 512 1\n"},
         {"signed", tar_member({.name = "\xc3\xb6", .signed_sum = true}, "1"), "\xc3\xb6 512 1\n"}});
  std::string damaged = tar_file("a");
  damaged[0] = 'b';
  CHECK(failure_of(damaged) == ErrorKind::corrupt);
}

TEST_CASE("pax records replace what the header of a member says") {
  const std::string one = tar_file("a", "12345");
  const std::string path = record("path", "long/\xc3\xb6");
  check({
      {"path", pax(path) + one + one, "long/\xc3\xb6 1536 5\na 2560 5\n"},
      {"the later one of a header counts", pax(record("path", "b") + path) + one, "long/\xc3\xb6 1536 5\n"},
      {"an empty value removes one", pax(path + record("path", "")) + one, "a 1536 5\n"},
      {"size", pax(record("size", "600")) + tar_block({.name = "a"}) + std::string(1024, 'x') + one,
       "a 1536 600\na 3072 5\n"},
      {"for all that follow, until replaced",
       pax(record("path", "g"), 'g') + one + pax(path) + one + one + pax(record("path", "h"), 'g') + one,
       "g 1536 5\nlong/\xc3\xb6 3584 5\ng 4608 5\nh 6656 5\n"},
      {"a value with a line feed", pax(record("comment", "x\n9 path=b\n") + path) + one, "long/\xc3\xb6 1536 5\n"},
  });
  const auto modified = [&](const std::string& value) {
    return read_tar(pax(record("mtime", value)) + one).members[0].modified;
  };
  CHECK(modified("1700000000.75") == 1700000000);
  CHECK(modified("-1.5") == -2);
  CHECK(modified("-1.0") == -1);
  CHECK(modified("soon") == 10);
}

TEST_CASE("damaged pax records end the index") {
  for (const char* records :
       {"x", "5", "5 a=b", "99 a=b\n", "0 a=b\n", "4 ab\n", "3 =\n", "12 size=12x4\n", "99999999999999999999 a=b\n"}) {
    CAPTURE(std::string(records));
    const Index index = read_tar(tar_file("a") + pax(records) + tar_file("b"));
    CHECK(index.members.size() == 1);
    REQUIRE(index.warnings.size() == 1);
    CHECK(index.warnings[0].find("extended header at byte 1536 is damaged") != std::string::npos);
  }
}

TEST_CASE("a hard link is the bytes of the member that it names") {
  const std::string one = tar_file("./a", "12345");
  const std::string next = tar_file("b");
  check({
      {"known", one + tar_block({.name = "l", .type = '1', .link = "a"}), "./a 512 5\nl 512 5\n"},
      {"the last member of the name", one + tar_file("a", "1") + tar_block({.name = "l", .type = '1', .link = "a"}),
       "./a 512 5\na 1536 1\nl 1536 1\n"},
      {"of a hard link",
       one + tar_block({.name = "l", .type = '1', .link = "./a"}) + tar_block({.name = "m", .type = '1', .link = "l"}),
       "./a 512 5\nl 512 5\nm 512 5\n"},
      {"unknown", tar_block({.name = "l", .type = '1', .link = "a"}) + one, "l: " + kNoTarget + "\n./a 1024 5\n"},
      {"of a symbolic link", tar_block({.name = "s", .type = '2'}) + tar_block({.name = "l", .type = '1', .link = "s"}),
       ""},
      {"with a long target",
       tar_file("t") + tar_member({.name = "k", .type = 'K'}, std::string("t\0", 2)) +
           tar_block({.name = "l", .type = '1', .link = "wrong"}),
       "t 512 1\nl 512 1\n"},
      {"a size without bytes", one + tar_block({.name = "l", .type = '1', .size = octal(5), .link = "a"}) + next,
       "./a 512 5\nl 512 5\nb 2048 1\n"},
      {"bytes of its own", one + tar_member({.name = "l", .type = '1', .link = "a"}, "12345") + next,
       "./a 512 5\nl 1536 5\nb 2560 1\n"},
      {"bytes of its own in pax",
       one + pax(record("path", "l")) + tar_member({.name = "l", .type = '1', .link = "a"}, tar_file("c")),
       "./a 512 5\nl 2560 1024\n"},
  });
}

TEST_CASE("sparse members of a tar archive are refused, and what follows them is found") {
  const std::string next = tar_file("b");
  std::string more(126, '\0');
  more[482 - 386] = 1;
  more.replace(483 - 386, 11, octal(9999));
  std::string goes_on(512, '\0');
  goes_on[504] = 1;
  const TarFields old{
      .name = "s", .type = 'S', .size = octal(3), .magic = std::string("ustar  \0", 8), .tail = more, .tail_at = 386};
  const std::string file = tar_file("GNUSparseFile.1/s", "123");
  const std::string size = record("GNU.sparse.size", "9999");
  check({
      {"old GNU", tar_block(old) + goes_on + std::string(512, '\0') + padded("123") + next,
       "s: " + kSparse + "\nb 2560 1\n"},
      {"0.0", pax(size + record("GNU.sparse.numblocks", "1")) + tar_file("s", "123") + next,
       "s: " + kSparse + "\nb 2560 1\n"},
      {"0.1", pax(record("GNU.sparse.name", "s") + size + record("GNU.sparse.map", "0,3")) + file + next,
       "s: " + kSparse + "\nb 2560 1\n"},
      {"1.0",
       pax(record("GNU.sparse.major", "1") + record("GNU.sparse.name", "s") + record("GNU.sparse.realsize", "9999")) +
           file + next,
       "s: " + kSparse + "\nb 2560 1\n"},
  });
  CHECK(read_tar(tar_block(old) + goes_on + std::string(512, '\0') + padded("123")).members[0].size.value == 9999);
  CHECK(read_tar(pax(size + record("GNU.sparse.numblocks", "1")) + file).members[0].size.value == 9999);
}

TEST_CASE("a tar archive that is cut off or damaged is listed up to there") {
  const std::string one = tar_file("a");
  const std::string cut = "the archive is cut off: it ends at byte ";
  std::string damaged = one + one + one;
  damaged[1030] = '!';
  check({
      {"in a member", one + tar_block({.name = "b", .size = octal(20ULL << 30)}) + "x",
       "a 512 1\nb: " + cut + "1537, inside this member\n! " + cut + "1537, inside a member\n"},
      {"of a size in base 256", tar_block({.name = "b", .size = base_256(1ULL << 62)}) + "x",
       "b: " + cut + "513, inside this member\n! " + cut + "513, inside a member\n"},
      {"of a size in pax", pax(record("size", "99999999999999999999999")) + tar_block({.name = "b"}) + "x",
       "b: " + cut + "1537, inside this member\n! " + cut + "1537, inside a member\n"},
      {"in a header", one + "a",
       "a 512 1\n! the archive is damaged: it is cut off in the header at byte 1024; members behind it are not "
       "known\n"},
      {"a damaged header", damaged,
       "a 512 1\n! the archive is damaged: its header at byte 1024 is damaged; members behind it are not known\n"},
      {"without the last padding", one + tar_block({.name = "b", .size = octal(2)}) + "12", "a 512 1\nb 1536 2\n"},
  });
  CHECK(failure_of("too short") == ErrorKind::corrupt);
  CHECK(failure_of(tar_block({.name = "x", .type = 'x', .size = octal((1 << 20) + 1)}) + std::string(2 << 20, 'x')) ==
        ErrorKind::unsupported);
}

TEST_CASE("a tar member of 20 GiB is found by its header alone, and the one behind it") {
  for (const std::string& head : {tar_block({.name = "a", .size = base_256(20ULL << 30)}),
                                  pax(record("size", std::to_string(20ULL << 30))) + tar_block({.name = "a"})}) {
    const std::uint64_t next = head.size() + (20ULL << 30);
    const std::string second = tar_file("b");
    const auto reader = make_tar_reader(ByteCount{next + second.size()});
    reader->take(Offset{}, std::as_bytes(std::span(head)));
    REQUIRE(reader->wanted());
    CHECK(*reader->wanted() == range_of(Offset{next}, kTarBlock));
    reader->take(Offset{next}, std::as_bytes(std::span(second)));
    CHECK(summary(reader->finish()) == fmt::format("a {} {}\nb {} 1\n", head.size(), 20ULL << 30, next + 512));
  }
}

TEST_CASE("an archive of many tiny members takes few windows, work in proportion, and has limits") {
  std::string archive;
  for (int i = 0; i < 100'000; ++i) archive += tar_block({.name = fmt::format("f{}", i)});
  std::size_t steps = 0;
  const std::uint64_t before = work_done();
  CHECK(read_tar(archive, 1 << 20, &steps).members.size() == 100'000);
  CHECK(steps == (archive.size() + (1 << 20) - 1) / (1 << 20));
  CHECK(work_done() - before < 200'000);
  const auto read_within = [&](IndexLimits limits) {
    read_archive(make_tar_reader(ByteCount{archive.size()}, limits), archive, 1 << 20);
  };
  CHECK_THROWS_WITH_AS(read_within({.members = 99'999}), "the archive has more than 99999 members; extract it", Error);
  CHECK_THROWS_AS(read_within({.names = 1_KiB}), Error);
  CHECK_NOTHROW(read_within({.members = 100'000}));
}
