// SPDX-License-Identifier: MIT
#include "archives/frames.h"

#include "archives/frame_list.h"
#include "compressed_file.h"

using namespace rimfs;
using namespace rimfs::archives;
using namespace rimfs::archives::test;

namespace {

ByteRange range(std::uint64_t begin, std::uint64_t end) { return {Offset{begin}, Offset{end}}; }

}  // namespace

TEST_CASE("a byte of the content is found in its frame") {
  FrameList list(Compression::xz);
  list.add(range(12, 20), ByteCount{1}, 4, false);
  list.add(range(20, 30), ByteCount{100}, 4, false);
  list.add(range(30, 31), ByteCount{}, 4, false);
  list.add(range(40, 50), ByteCount{7}, 1, false);
  const FrameTable table = list.finish();
  CHECK(table.size() == ByteCount{108});
  struct Row {
    std::uint64_t byte;
    std::size_t frame;
  };
  const Row rows[] = {{0, 0}, {1, 1}, {2, 1}, {100, 1}, {101, 2}, {107, 2}};
  for (const Row& row : rows) {
    CAPTURE(row.byte);
    CHECK(&table.at(Offset{row.byte}) == &table.frames[row.frame]);
  }
  CHECK(table.frames[2] == Frame{range(40, 50), range(101, 108), 1, false});
  CHECK(list.finish().frames.empty());
}

TEST_CASE("frames that contradict themselves or are too large are refused") {
  struct Row {
    const char* title;
    ByteRange stored;
    ByteCount content;
    ErrorKind kind;
    const char* message;
  };
  const Row rows[] = {
      {"content out of nothing", range(5, 5), ByteCount{1}, ErrorKind::corrupt, "contradict"},
      {"content beyond what a file may have", range(5, 6), ByteCount{1ULL << 63U}, ErrorKind::corrupt, "contradict"},
      {"little content in many bytes", range(0, kLargestStored.value + 1), ByteCount{1}, ErrorKind::corrupt, "contrad"},
      {"one frame too large", range(0, 10), kLargestFrame + ByteCount{1}, ErrorKind::unsupported,
       "in one block of 256"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.title));
    const Error error = error_of([&] {
      FrameList list(Compression::xz);
      list.add(row.stored, row.content, 0, false);
      list.finish();
    });
    CHECK(error.kind() == row.kind);
    CHECK(error.message().find(row.message) != std::string::npos);
  }
}

TEST_CASE("the largest frame is accepted, and of several the largest is named") {
  FrameList list(Compression::zstd);
  list.add(range(0, kLargestStored.value), kLargestFrame, 0, false);
  CHECK(FrameList(list).finish().size() == kLargestFrame);
  list.add(range(kLargestStored.value, 1ULL << 40U), 300_MiB, 0, false);
  const Error error = error_of([&] { list.finish(); });
  CHECK(error.kind() == ErrorKind::unsupported);
  CHECK(error.message().find("in frames of up to 300") != std::string::npos);
  CHECK(error.message().find("xz --block-size=16MiB") != std::string::npos);
}

TEST_CASE("an empty file is not a compressed file") {
  for (const Compression compression : {Compression::xz, Compression::zstd}) {
    CHECK(refusal(compression, {}).kind() == ErrorKind::corrupt);
  }
}

TEST_CASE("a reader that gets fewer bytes than it wants refuses them") {
  for (const Compression compression : {Compression::xz, Compression::zstd}) {
    const File file(100'000);
    const auto reader = make_frame_table_reader(compression, ByteCount{file.size()});
    const ByteRange wanted = reader->wanted().value();
    CHECK(wanted == range(file.size() - 65536, file.size()));
    CHECK(error_of([&] { reader->take(wanted.begin + ByteCount{1}, std::span(file).last(65535)); }).kind() ==
          ErrorKind::corrupt);
  }
}

TEST_CASE("a frame is decompressed only from all of its bytes") {
  for (const Compression compression : {Compression::xz, Compression::zstd}) {
    const File file(10);
    const Frame frame{range(0, 11), range(0, 5), 4, false};
    CHECK(error_of([&] { decompress(compression, frame, file); }).kind() == ErrorKind::corrupt);
    const Frame without_content{range(0, 10), range(0, 0), 4, false};
    CHECK(error_of([&] { decompress(compression, without_content, file); }).kind() == ErrorKind::corrupt);
    const Frame too_large{range(0, 10), range(0, kLargestFrame.value + 1), 4, false};
    CHECK(error_of([&] { decompress(compression, too_large, file); }).kind() == ErrorKind::corrupt);
  }
}
