// SPDX-License-Identifier: MIT
// The files are made by liblzma's encoders.
#include <lzma.h>

#include <array>

#include "base/work.h"
#include "compressed_file.h"
#include "slowed_down.h"

using namespace rimfs;
using namespace rimfs::archives;
using namespace rimfs::archives::test;

namespace {

enum class Filtered : std::uint8_t { plainly, x86, delta };

struct Settings {
  lzma_check check = LZMA_CHECK_CRC64;
  Filtered filtered = Filtered::plainly;
  std::uint32_t dictionary = 1 << 16;
};

/// Runs an encoder over `input`, and appends what it makes to `file`.
void encode(lzma_stream& encoder, const File& input, lzma_action action, File& file) {
  encoder.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
  encoder.avail_in = input.size();
  lzma_ret result = LZMA_OK;
  while (result == LZMA_OK) {
    std::array<std::byte, 4096> output{};
    encoder.next_out = reinterpret_cast<std::uint8_t*>(output.data());
    encoder.avail_out = output.size();
    result = lzma_code(&encoder, action);
    file.insert(file.end(), output.begin(), output.end() - static_cast<std::ptrdiff_t>(encoder.avail_out));
  }
  REQUIRE(result == LZMA_STREAM_END);
}

/// One stream with a block for each content.
File xz_stream(const std::vector<File>& blocks, const Settings& settings = {}) {
  lzma_options_lzma options;
  REQUIRE(!lzma_lzma_preset(&options, 1));
  options.dict_size = settings.dictionary;
  lzma_options_delta delta{};
  delta.type = LZMA_DELTA_TYPE_BYTE;
  delta.dist = 4;
  std::vector<lzma_filter> filters;
  if (settings.filtered == Filtered::x86) filters.push_back({LZMA_FILTER_X86, nullptr});
  if (settings.filtered == Filtered::delta) filters.push_back({LZMA_FILTER_DELTA, &delta});
  filters.push_back({LZMA_FILTER_LZMA2, &options});
  filters.push_back({LZMA_VLI_UNKNOWN, nullptr});
  lzma_stream encoder = LZMA_STREAM_INIT;
  REQUIRE(lzma_stream_encoder(&encoder, filters.data(), settings.check) == LZMA_OK);
  File file;
  for (const File& block : blocks) encode(encoder, block, LZMA_FULL_FLUSH, file);
  encode(encoder, {}, LZMA_FINISH, file);
  lzma_end(&encoder);
  return file;
}

struct Block {
  std::uint64_t unpadded, content;
};

/// A stream whose blocks are zeros of the sizes that its index names.
File stream_of_zeros(const std::vector<Block>& blocks, lzma_check check = LZMA_CHECK_CRC32) {
  lzma_index* index = lzma_index_init(nullptr);
  bool appended = true;
  for (const Block& block : blocks) {
    appended = appended && lzma_index_append(index, nullptr, block.unpadded, block.content) == LZMA_OK;
  }
  REQUIRE(appended);
  File file(lzma_index_stream_size(index));
  auto* bytes = reinterpret_cast<std::uint8_t*>(file.data());
  lzma_stream_flags flags{};
  flags.check = check;
  flags.backward_size = lzma_index_size(index);
  REQUIRE(lzma_stream_header_encode(&flags, bytes) == LZMA_OK);
  REQUIRE(lzma_stream_footer_encode(&flags, bytes + file.size() - LZMA_STREAM_HEADER_SIZE) == LZMA_OK);
  std::size_t at = file.size() - LZMA_STREAM_HEADER_SIZE - flags.backward_size;
  REQUIRE(lzma_index_buffer_encode(index, bytes, &at, file.size()) == LZMA_OK);
  lzma_index_end(index, nullptr);
  return file;
}

FrameTable table_of(const File& file, Window window = {}, unsigned* steps = nullptr) {
  return read_table(Compression::xz, file, window, steps);
}

File joined(const std::vector<File>& parts) {
  File all;
  for (const File& part : parts) append(all, part);
  return all;
}

const std::vector<File>& three_blocks() {
  static const std::vector<File> blocks = {some_content(50'000, 1), some_content(1, 2), some_content(70'000, 3)};
  return blocks;
}

}  // namespace

TEST_CASE("xz: each block is a frame, whatever check and filters it has") {
  struct Row {
    const char* title;
    Settings settings;
  };
  const Row rows[] = {
      {"no check", {LZMA_CHECK_NONE}},
      {"CRC32", {LZMA_CHECK_CRC32}},
      {"CRC64", {LZMA_CHECK_CRC64}},
      {"SHA-256", {LZMA_CHECK_SHA256}},
      {"x86", {LZMA_CHECK_CRC64, Filtered::x86}},
      {"delta", {LZMA_CHECK_CRC64, Filtered::delta}},
      {"a dictionary far larger than a block", {LZMA_CHECK_CRC64, Filtered::plainly, 64 << 20}},
      {"a dictionary smaller than a block", {LZMA_CHECK_CRC64, Filtered::plainly, 4096}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.title));
    const File file = xz_stream(three_blocks(), row.settings);
    const FrameTable table = table_of(file);
    REQUIRE(table.frames.size() == 3);
    CHECK(table.size() == ByteCount{120'001});
    CHECK(table.frames[0].stored.begin == Offset{12});
    CHECK(table.frames[0].stored.end == table.frames[1].stored.begin);
    CHECK(table.frames[2].check == row.settings.check);
    CHECK(read_all(table, file) == joined(three_blocks()));
  }
}

TEST_CASE("xz: streams and padding between and behind them are read as one content") {
  const File padding(4), much_padding(100'000);
  const File first = xz_stream({three_blocks()[0]}, {LZMA_CHECK_CRC32});
  const File second = xz_stream({three_blocks()[1], three_blocks()[2]}, {LZMA_CHECK_SHA256});
  const File nothing = xz_stream({});
  const File file = joined({first, padding, nothing, second, much_padding, nothing, padding});
  const FrameTable table = table_of(file);
  REQUIRE(table.frames.size() == 3);
  CHECK(table.frames[0].check == LZMA_CHECK_CRC32);
  CHECK(table.frames[1].check == LZMA_CHECK_SHA256);
  CHECK(read_all(table, file) == joined(three_blocks()));
}

TEST_CASE("xz: a file without content has no frames") {
  CHECK(table_of(xz_stream({})).frames.empty());
  CHECK(table_of(stream_of_zeros({{20, 0}})).size().is_zero());
  CHECK(table_of(stream_of_zeros({{20, 0}, {20, 5}, {20, 0}})).frames.size() == 1);
}

TEST_CASE("xz: windows of every size give the same table") {
  const File big = noise(300'000);
  const File file = joined({xz_stream({big, three_blocks()[0]}), File(8), xz_stream({three_blocks()[2], big}),
                            stream_of_zeros(std::vector<Block>(100'000, {9, 1000}))});
  const FrameTable right = table_of(file);
  CHECK(right.frames.size() == 100'004);
  check_windows(Compression::xz, file, right, {1, 11, 4096, 100'000, 1'000'000, file.size()});
}

TEST_CASE("xz: few requests read the table") {
  const File large = noise(200'000);
  check_steps(Compression::xz, {
                                   {"a small file", xz_stream(three_blocks()), 2},
                                   {"a file that fits into the first window", xz_stream({three_blocks()[1]}), 1},
                                   {"the end, and the header", xz_stream({large, large}), 2},
                                   {"each stream costs one more",
                                    joined({xz_stream({large}), xz_stream({large}), xz_stream({large})}), 4},
                                   {"an index of 300 KB", stream_of_zeros(std::vector<Block>(100'000, {9, 1000})), 4},
                               });
}

TEST_CASE("xz: what is no xz file, is damaged, or cannot be read in parts is refused with the reason") {
  const File good = xz_stream(three_blocks());
  const auto changed = [&](auto change) {
    File file = good;
    change(file);
    return file;
  };
  check_refusals(
      Compression::xz,
      {
          {"text", File(1000, std::byte{'a'}), ErrorKind::corrupt, "not an xz file"},
          {"a few bytes", File(3), ErrorKind::corrupt, "not an xz file"},
          {"a large file of zeros", File(1'000'000), ErrorKind::corrupt, "not an xz file"},
          {"a changed magic number", changed([](File& file) { file[0] = {}; }), ErrorKind::corrupt, "not an xz file"},
          {"cut off", changed([](File& file) { file.resize(file.size() / 2 / 4 * 4); }), ErrorKind::corrupt, "damaged"},
          {"bytes behind", changed([](File& file) { file.push_back({}); }), ErrorKind::corrupt, "damaged"},
          {"only the beginning", changed([](File& file) { file.resize(12); }), ErrorKind::corrupt, "damaged"},
          {"bytes missing", changed([](File& file) { file.erase(file.begin() + 12, file.begin() + 16); }),
           ErrorKind::corrupt, "damaged"},
          {"one large block", stream_of_zeros({{1000, (256ULL << 20U) + 1}}), ErrorKind::unsupported,
           "in one block of 256"},
          {"a large block", stream_of_zeros({{100, 1}, {1000, 1ULL << 30U}}), ErrorKind::unsupported,
           "in blocks of up to 1024"},
          {"content beyond 8 EiB", stream_of_zeros({{1000, (1ULL << 63U) - 1}}), ErrorKind::unsupported,
           "in one block"},
          {"an unknown check", stream_of_zeros({{100, 1}}, static_cast<lzma_check>(5)), ErrorKind::unsupported,
           "number 5"},
      });
}

TEST_CASE("xz: a file with too many streams is given up, not read for hours") {
  if (kSlowedDown) return;
  // The reader sees the same piece of padding again and again.
  const ByteCount size{1ULL << 40U};
  const File header = xz_stream({});
  const auto reader = make_frame_table_reader(Compression::xz, size);
  unsigned steps = 0;
  const Error error = error_of([&] {
    while (const auto wanted = reader->wanted()) {
      File bytes(wanted->size().value);
      if (wanted->begin.value == 0) std::copy_n(header.begin(), std::min<std::size_t>(12, bytes.size()), bytes.begin());
      reader->take(wanted->begin, bytes);
      ++steps;
    }
  });
  CHECK(error.kind() == ErrorKind::unsupported);
  CHECK(error.message().find("too many streams") != std::string::npos);
  CHECK(steps == 10'000);
}

TEST_CASE("xz: an index that claims more blocks than its file can have is refused before memory is used for it") {
  // A stream whose index begins: 8,000,000 records. The rest of it is missing.
  File file = stream_of_zeros(std::vector<Block>(100, {9, 1000}));
  lzma_stream_flags flags{};
  REQUIRE(lzma_stream_footer_decode(&flags, reinterpret_cast<std::uint8_t*>(&file[file.size() - 12])) == LZMA_OK);
  const std::size_t index = file.size() - 12 - flags.backward_size;
  std::size_t written = index + 1;
  REQUIRE(lzma_vli_encode(8'000'000, nullptr, reinterpret_cast<std::uint8_t*>(file.data()), &written, file.size()) ==
          LZMA_OK);
  const Error error = refusal(Compression::xz, file);
  CHECK(error.kind() == ErrorKind::corrupt);
  CHECK(error.message().find("more blocks than its size allows") != std::string::npos);
}

TEST_CASE("xz: a flipped bit anywhere is an error, or makes no difference") {
  const File file = xz_stream({some_content(300, 1), some_content(200, 2)}, {LZMA_CHECK_CRC32, Filtered::x86});
  check_flipped_bits(file, 0, file.size(), [](const File& damaged) { return table_of(damaged); });
  const FrameTable table = table_of(file);
  check_flipped_bits(file, 0, file.size(), [&](const File& damaged) { return read_all(table, damaged); });
}

TEST_CASE("xz: a file that is cut off is refused") {
  const File file = xz_stream({some_content(300, 1), some_content(200, 2)});
  for (std::size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal(Compression::xz, File(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))).kind() ==
          ErrorKind::corrupt);
  }
}

TEST_CASE("xz: a block whose content is not as long as the index says is refused") {
  const File file = xz_stream(three_blocks());
  const Frame right = table_of(file).frames[0];
  for (const std::uint64_t size : {1U, 49'999U, 50'001U, 200U << 20U}) {
    CAPTURE(size);
    Frame frame = right;
    frame.content.end = Offset{size};
    CHECK(error_of([&] { decompress(Compression::xz, frame, stored_of(file, frame)); }).kind() == ErrorKind::corrupt);
  }
  Frame longer = right;
  longer.stored.end += ByteCount{4};
  CHECK(error_of([&] { decompress(Compression::xz, longer, stored_of(file, longer)); }).kind() == ErrorKind::corrupt);
  Frame unknown = right;
  unknown.check = 7;
  CHECK(error_of([&] { decompress(Compression::xz, unknown, stored_of(file, unknown)); }).kind() ==
        ErrorKind::unsupported);
}

TEST_CASE("xz: a million blocks take work in proportion to their number") {
  const std::size_t count = kSlowedDown ? 20'000 : 1'000'000;
  const File file = stream_of_zeros(std::vector<Block>(count, {8, 1000}));
  const std::uint64_t before = work_done();
  const FrameTable table = table_of(file);
  CHECK(work_done() - before >= count);
  CHECK(work_done() - before < count + 1000);
  CHECK(table.frames.size() == count);
  CHECK(table.at(Offset{1000 * count - 1}) == table.frames.back());
}
