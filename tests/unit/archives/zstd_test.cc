// SPDX-License-Identifier: MIT
// The frames are made by libzstd, the seek tables here.
#include <zstd.h>

#include "base/checksum.h"
#include "base/little_endian.h"
#include "base/work.h"
#include "compressed_file.h"
#include "slowed_down.h"

using namespace rimfs;
using namespace rimfs::archives;
using namespace rimfs::archives::test;

namespace {

constexpr std::uint32_t kSkippable = 0x184D2A50;

void put(File& file, std::uint32_t number) {
  file.resize(file.size() + 4);
  put_little_endian(std::span(file), file.size() - 4, number);
}

enum class Stated : std::uint8_t { size, no_size, sum };

File zstd_frame(const File& content, Stated stated = Stated::size) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, stated != Stated::no_size);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, stated == Stated::sum);
  File frame(ZSTD_compressBound(content.size()));
  const std::size_t size = ZSTD_compress2(context, frame.data(), frame.size(), content.data(), content.size());
  ZSTD_freeCCtx(context);
  REQUIRE(!ZSTD_isError(size));
  frame.resize(size);
  return frame;
}

File skippable_frame(std::uint32_t size) {
  File frame;
  put(frame, kSkippable + 3);
  put(frame, size);
  frame.resize(frame.size() + size, std::byte{0x55});
  return frame;
}

struct Entry {
  std::uint32_t stored, content, sum = 0;
};

struct Table {
  std::vector<Entry> entries;
  bool sums = true;
  std::uint8_t descriptor = 0x80;
  std::uint32_t magic = 0x184D2A5E, count_too_many = 0, size_too_large = 0;
};

File seek_table(const Table& table) {
  const auto count = static_cast<std::uint32_t>(table.entries.size());
  File file;
  put(file, table.magic);
  put(file, count * (table.sums ? 12 : 8) + 9 + table.size_too_large);
  for (const Entry& entry : table.entries) {
    put(file, entry.stored);
    put(file, entry.content);
    if (table.sums) put(file, entry.sum);
  }
  put(file, count + table.count_too_many);
  file.push_back(static_cast<std::byte>(table.descriptor));
  put(file, 0x8F92EAB1);
  return file;
}

Entry entry_of(const File& frame, const File& content) {
  return {static_cast<std::uint32_t>(frame.size()), static_cast<std::uint32_t>(content.size()),
          static_cast<std::uint32_t>(xxh64(content))};
}

/// A seekable file with a frame for each content.
File seekable(const std::vector<File>& contents, bool sums = true, Stated stated = Stated::size) {
  File file;
  Table table;
  table.sums = sums;
  table.descriptor = sums ? 0x80 : 0;
  for (const File& content : contents) {
    const File frame = zstd_frame(content, stated);
    append(file, frame);
    table.entries.push_back(entry_of(frame, content));
  }
  append(file, seek_table(table));
  return file;
}

/// Zeros, and a table that calls them frames.
File zeros_with(const Table& table) {
  std::size_t size = 0;
  for (const Entry& entry : table.entries) size += entry.stored;
  File file(size);
  append(file, seek_table(table));
  return file;
}

File joined(const std::vector<File>& parts) {
  File all;
  for (const File& part : parts) append(all, part);
  return all;
}

FrameTable table_of(const File& file, Window window = {}, unsigned* steps = nullptr) {
  return read_table(Compression::zstd, file, window, steps);
}

const std::vector<File>& three_contents() {
  static const std::vector<File> contents = {some_content(50'000, 1), some_content(1, 2), some_content(70'000, 3)};
  return contents;
}

}  // namespace

TEST_CASE("zstd: each entry of the seek table is a frame") {
  for (const bool sums : {true, false}) {
    for (const Stated stated : {Stated::size, Stated::no_size, Stated::sum}) {
      CAPTURE(sums);
      const File file = seekable(three_contents(), sums, stated);
      const FrameTable table = table_of(file);
      REQUIRE(table.frames.size() == 3);
      CHECK(table.frames[0].stored.begin == Offset{0});
      CHECK(table.frames[1].stored.begin == table.frames[0].stored.end);
      CHECK(table.frames[1].has_check == sums);
      CHECK(read_all(table, file) == joined(three_contents()));
    }
  }
}

TEST_CASE("zstd: frames without content count in the file and not in the list") {
  const File content = some_content(1000, 1);
  const File frame = zstd_frame(content);
  const File nothing = zstd_frame({});
  const File skipped = skippable_frame(77);
  Table table;
  table.entries = {entry_of(skipped, {}), entry_of(frame, content), entry_of(nothing, {}), entry_of(frame, content)};
  table.descriptor = 0x83;  // the two unused bits mean nothing
  const File file = joined({skipped, frame, nothing, frame, seek_table(table)});
  const FrameTable read = table_of(file);
  REQUIRE(read.frames.size() == 2);
  CHECK(read.frames[0].stored.begin == Offset{skipped.size()});
  CHECK(read_all(read, file) == joined({content, content}));
  CHECK(table_of(seek_table({})).frames.empty());
}

TEST_CASE("zstd: a file of one frame that states its size is one frame") {
  const File large = noise(200'000);
  for (const File& content : {some_content(1, 1), some_content(70'000, 1), large}) {
    CAPTURE(content.size());
    const File file = zstd_frame(content, Stated::sum);
    const FrameTable table = table_of(file);
    REQUIRE(table.frames.size() == 1);
    CHECK(table.frames[0].stored.size() == ByteCount{file.size()});
    CHECK(read_all(table, file) == content);
  }
  CHECK(table_of(zstd_frame({})).frames.empty());
}

TEST_CASE("zstd: windows of every size give the same table") {
  for (const bool sums : {true, false}) {
    Table table;
    table.sums = sums;
    table.descriptor = sums ? 0x80 : 0;
    for (std::uint32_t i = 0; i < 200'000; ++i) table.entries.push_back({1 + i % 3, 1 + i % 70'000, i});
    const File file = zeros_with(table);
    const FrameTable right = table_of(file);
    REQUIRE(right.frames.size() == 200'000);
    CHECK(right.frames[777].check == (sums ? 777 : 0));
    check_windows(Compression::zstd, file, right, {1, 2, 3, 5, 7, 11, 4096, 100'000, 1'000'000, file.size()});
  }
}

TEST_CASE("zstd: few requests read the table") {
  const File large = noise(200'000);
  check_steps(Compression::zstd,
              {
                  {"a seek table that fits into the first window", seekable({large, large, large}), 1},
                  {"one frame: the end, and the header", zstd_frame(large), 2},
                  {"a table of 240 KB", zeros_with({std::vector<Entry>(20'000, Entry{1, 1})}), 2},
                  {"a table of 2.4 MB", zeros_with({std::vector<Entry>(200'000, Entry{1, 1})}), 4},
              });
}

TEST_CASE("zstd: what is no zstd file, is damaged, or cannot be read in parts is refused with the reason") {
  const File content = some_content(1000, 1);
  const File frame = zstd_frame(content);
  const File large = zstd_frame(noise(200'000));
  const Entry one{10, 100};
  const auto with = [&](auto change) {
    Table table{{one, one}};
    change(table);
    return zeros_with(table);
  };
  check_refusals(
      Compression::zstd,
      {
          {"text", File(1000, std::byte{'a'}), ErrorKind::corrupt, "not a zstd file"},
          {"a few bytes", File(3), ErrorKind::corrupt, "not a zstd file"},
          {"only a magic number", File(frame.begin(), frame.begin() + 4), ErrorKind::corrupt, "damaged"},
          {"a frame that is cut off", File(frame.begin(), frame.end() - 1), ErrorKind::corrupt, "damaged"},
          {"no stated size", zstd_frame(content, Stated::no_size), ErrorKind::unsupported, "neither"},
          {"two frames", joined({frame, frame}), ErrorKind::unsupported, "several frames"},
          {"two large frames, the first without content", joined({zstd_frame({}), large}), ErrorKind::unsupported,
           "several frames"},
          {"a small frame and much more", joined({frame, File(3'000'000)}), ErrorKind::unsupported, "several frames"},
          {"a skippable frame first", joined({skippable_frame(5), frame}), ErrorKind::unsupported, "no seek table"},
          {"reserved bits", with([](Table& table) { table.descriptor = 0x84; }), ErrorKind::unsupported, "newer kind"},
          {"another magic number", with([](Table& table) { table.magic = 0x184D2A5D; }), ErrorKind::corrupt, "begin"},
          {"another size of the table", with([](Table& table) { table.size_too_large = 1; }), ErrorKind::corrupt,
           "begin"},
          {"too many entries", with([](Table& table) { table.count_too_many = 1; }), ErrorKind::corrupt, "begin"},
          {"far too many entries", with([](Table& table) { table.count_too_many = 0xFFFFFFF0; }), ErrorKind::corrupt,
           "longer than the file"},
          {"sums that are kept and not announced", with([](Table& table) { table.descriptor = 0; }), ErrorKind::corrupt,
           "begin"},
          {"bytes before the frames", joined({File(1), zeros_with({{one}})}), ErrorKind::corrupt, "add up"},
          {"bytes missing", seek_table({{one}}), ErrorKind::corrupt, "add up"},
          {"content out of nothing", zeros_with({{one, {0, 5}}}), ErrorKind::corrupt, "contradict"},
          {"a large frame", zeros_with({{{10, (256U << 20U) + 1}}}), ErrorKind::unsupported, "in one frame of 256"},
          {"large frames", zeros_with({{one, {10, 0xFFFFFFFF}}}), ErrorKind::unsupported, "in frames of up to 40"},
      });
}

TEST_CASE("zstd: a flipped bit anywhere is an error, or makes no difference") {
  const File file = seekable({some_content(300, 1), some_content(200, 2)});
  const FrameTable right = table_of(file);
  check_flipped_bits(file, 0, file.size(), [&](const File& damaged) { return read_all(right, damaged); });
  // The seek table has no sum of its own: what it says wrongly is found when a frame is read.
  check_flipped_bits(file, 0, file.size(), [](const File& damaged) { return read_all(table_of(damaged), damaged); });
}

TEST_CASE("zstd: a file that is cut off is refused, unless a whole frame is left") {
  const File first = zstd_frame(some_content(300, 1));
  const File file = seekable({some_content(300, 1), some_content(200, 2)});
  for (std::size_t size = 0; size < file.size(); ++size) {
    if (size == first.size()) continue;
    CAPTURE(size);
    const ErrorKind kind =
        refusal(Compression::zstd, File(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))).kind();
    CHECK((kind == ErrorKind::corrupt || (kind == ErrorKind::unsupported && size > first.size())));
  }
}

TEST_CASE("zstd: a frame that is not what the seek table says is refused") {
  const File content = some_content(1000, 1);
  const File stated = zstd_frame(content);
  const File silent = zstd_frame(content, Stated::no_size);
  struct Row {
    const char* title;
    File stored;
    std::uint64_t content;
    const char* message;
  };
  const Row rows[] = {
      {"a skippable frame", skippable_frame(100), 1000, "begin"},
      {"no frame", File(100), 1000, "begin"},
      {"two frames", joined({stated, stated}), 2000, "several frames"},
      {"a skippable frame behind it", joined({stated, skippable_frame(0)}), 1000, "several frames"},
      {"cut off", File(stated.begin(), stated.end() - 1), 1000, "longer than"},
      {"another stated size", stated, 999, "differ"},
      {"content longer than the table says", silent, 999, "cannot be decompressed"},
      {"content shorter than the table says", silent, 1001, "shorter"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.title));
    const Frame frame{{Offset{0}, Offset{row.stored.size()}}, {Offset{0}, Offset{row.content}}, 0, false};
    const Error error = error_of([&] { decompress(Compression::zstd, frame, row.stored); });
    CHECK(error.kind() == ErrorKind::corrupt);
    CAPTURE(error.message());
    CHECK(error.message().find(row.message) != std::string::npos);
  }
  const Frame wrong_sum{{Offset{0}, Offset{stated.size()}}, {Offset{0}, Offset{1000}}, 1, true};
  CHECK(error_of([&] { decompress(Compression::zstd, wrong_sum, stated); }).message().find("checksum") !=
        std::string::npos);
}

TEST_CASE("zstd: a frame that needs a dictionary is refused") {
  const File content = some_content(1000, 1);
  File frame = zstd_frame(content);
  frame[4] |= std::byte{1};                       // a dictionary's number of one byte follows
  frame.insert(frame.begin() + 5, std::byte{7});  // (one segment: no window byte before it)
  const Frame asked{{Offset{0}, Offset{frame.size()}}, {Offset{0}, Offset{1000}}, 0, false};
  CHECK(error_of([&] { decompress(Compression::zstd, asked, frame); }).kind() == ErrorKind::unsupported);
}

TEST_CASE("zstd: a million frames take work in proportion to their number") {
  const std::size_t count = kSlowedDown ? 20'000 : 1'000'000;
  const File file = zeros_with({std::vector<Entry>(count, Entry{8, 1000})});
  const std::uint64_t before = work_done();
  const FrameTable table = table_of(file);
  CHECK(work_done() - before == count);
  CHECK(table.frames.size() == count);
  CHECK(table.at(Offset{1000 * count - 1}) == table.frames.back());
}
