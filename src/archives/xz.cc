// SPDX-License-Identifier: MIT
#include "archives/xz.h"

#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <array>
#include <utility>

#include "archives/frame_list.h"
#include "archives/known_bytes.h"
#include "base/error.h"
#include "base/work.h"

namespace rimfs::archives {

namespace {

/// The most of one want: the interface's limit.
constexpr ByteCount kLargestWant = 1_MiB;
/// liblzma reads a stream's header together with what lies before it, 8 KiB in all, forward.
constexpr ByteCount kHeaderReach = 8_KiB;
/// What is fetched before the place that liblzma names when it jumps: the index and the footer of the stream before. So
/// a stream costs one request.
constexpr ByteCount kBefore = KnownBytes::kEnd - kHeaderReach;
/// Each stream of a file costs a request, and so does each 56 KiB of padding behind it. Beyond this number a file opens
/// too slowly: it would take minutes on a network with a delay of 50 ms.
constexpr std::uint64_t kMostSteps = 10'000;
/// More than can be read in kMostSteps, unless the file comes in large windows. A stream needs 300 bytes of memory.
constexpr std::uint64_t kMostStreams = 100'000;
/// A block takes at least 8 bytes of the file, a stream at least 32. With this a small file cannot claim a large index.
constexpr std::uint64_t kSmallestBlock = 8;
constexpr std::uint64_t kSmallestStream = LZMA_STREAM_HEADER_SIZE * 2 + 8;
/// liblzma counts memory in groups of 512 blocks, and begins one with each stream.
constexpr std::uint64_t kBlockGroup = 512;
/// Content is made in pieces of this size, so that memory which a foreign index claims is not touched in advance.
constexpr std::size_t kOutputPiece = 1 << 20;
/// The smallest dictionary that liblzma knows.
constexpr std::uint64_t kSmallestDictionary = 4096;

const std::uint8_t* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// Owns what a decoder of liblzma has allocated.
struct Stream {
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { lzma_end(&state); }

  lzma_stream state = LZMA_STREAM_INIT;
};

/// The filters of a block, with their options.
struct Filters {
  Filters() { list.front().id = LZMA_VLI_UNKNOWN; }
  Filters(const Filters&) = delete;
  Filters& operator=(const Filters&) = delete;
  ~Filters() { lzma_filters_free(list.data(), nullptr); }

  std::array<lzma_filter, LZMA_FILTERS_MAX + 1> list{};
};

struct FreeIndex {
  void operator()(lzma_index* index) const { lzma_index_end(index, nullptr); }
};
using Index = std::unique_ptr<lzma_index, FreeIndex>;

Error damaged(std::string_view what) {
  return Error(ErrorKind::corrupt, fmt::format("the xz file is damaged: {}", what));
}

Error out_of_memory() { return Error(ErrorKind::system, "cannot decompress an xz file: no memory is left"); }

/// What liblzma may use for the index of a file of this size.
std::uint64_t index_memory(ByteCount size) {
  const std::uint64_t blocks = std::min<std::uint64_t>(kMostFrames, size.value / kSmallestBlock);
  const std::uint64_t streams = std::min(kMostStreams, size.value / kSmallestStream);
  return lzma_index_memusage(streams + 2, blocks + 2 * kBlockGroup);
}

/// Why liblzma does not accept the file's index. `size`: of the file.
Error refusal(lzma_ret result, ByteCount size) {
  switch (result) {
    case LZMA_FORMAT_ERROR:
      return Error(ErrorKind::corrupt, "it is not an xz file");
    case LZMA_OPTIONS_ERROR:
      return Error(ErrorKind::unsupported,
                   "it is an xz file of a newer kind, which liblzma does not know; compress it with another xz");
    case LZMA_MEM_ERROR:
      return out_of_memory();
    case LZMA_MEMLIMIT_ERROR:
      if (size.value / kSmallestBlock < kMostFrames && size.value / kSmallestStream < kMostStreams) {
        return damaged("its index has more blocks than its size allows");
      }
      return Error(ErrorKind::unsupported,
                   fmt::format("it has more than {} blocks or {} streams; compress it with xz --block-size=16MiB",
                               kMostFrames, kMostStreams));
    default:
      return damaged("the index or a footer is wrong, or its end is missing");
  }
}

/// Throws Error{unsupported}.
void require_known_check(std::uint32_t check) {
  if (lzma_check_is_supported(static_cast<lzma_check>(check))) return;
  throw Error(ErrorKind::unsupported,
              fmt::format("its check (number {}) is not known; compress it with xz --check=crc64", check));
}

FrameTable table_of(const lzma_index& index) {
  FrameList list(Compression::xz);
  lzma_index_iter at;
  lzma_index_iter_init(&at, &index);
  while (!lzma_index_iter_next(&at, LZMA_INDEX_ITER_BLOCK)) {
    const auto check = static_cast<std::uint32_t>(at.stream.flags->check);
    require_known_check(check);
    list.add(range_of(Offset{at.block.compressed_file_offset}, ByteCount{at.block.total_size}),
             ByteCount{at.block.uncompressed_size}, check, false);
  }
  return list.finish();
}

/// liblzma's decoder of indexes, which says where in the file it goes on.
class XzReader final : public FrameTableReader {
 public:
  explicit XzReader(ByteCount size) : size_(size), known_(size), wanted_(known_.end()) {
    const lzma_ret result = lzma_file_info_decoder(&decoder_.state, &found_, index_memory(size), size.value);
    if (result != LZMA_OK) throw refusal(result, size);
  }

  std::optional<ByteRange> wanted() const override { return wanted_; }

  void take(Offset from, std::span<const std::byte> bytes) override {
    if (++steps_ > kMostSteps) {
      throw Error(ErrorKind::unsupported,
                  "it has too many streams, or too much padding behind them; compress it as "
                  "one stream with xz --block-size=16MiB");
    }
    known_.give(from, bytes, wanted_.value());
    while (!complete_) {
      const auto input = known_.from(position_);
      if (input.empty()) break;
      decode(input);
    }
    known_.release();
    if (!complete_) {
      wanted_ = next_want();
      return;
    }
    const Index index(std::exchange(found_, nullptr));
    table_ = table_of(*index);
    wanted_.reset();
  }

  FrameTable finish() override { return std::exchange(table_, {}); }

 private:
  void decode(std::span<const std::byte> input) {
    count_work(1);
    lzma_stream& state = decoder_.state;
    state.next_in = raw(input);
    state.avail_in = input.size();
    const lzma_ret result = lzma_code(&state, LZMA_RUN);
    begun_ = true;
    jumped_ = result == LZMA_SEEK_NEEDED;
    position_ = jumped_ ? Offset{state.seek_pos} : position_ + ByteCount{input.size() - state.avail_in};
    complete_ = result == LZMA_STREAM_END;
    if (complete_ || ((result == LZMA_OK || jumped_) && position_.value < size_.value)) return;
    throw refusal(result, size_);
  }

  /// From `position_`, where nothing is known.
  ByteRange next_want() const {
    ByteRange want = range_of(position_, kLargestWant);
    if (!begun_) want = range_of(position_, ByteCount{LZMA_STREAM_HEADER_SIZE});
    if (jumped_) want = {position_ - kBefore, position_ + kHeaderReach};
    want.end = std::min(want.end, Offset{size_.value});
    if (position_ < known_.end().begin) want.end = std::min(want.end, known_.end().begin);
    return want;
  }

  const ByteCount size_;
  KnownBytes known_;
  std::optional<ByteRange> wanted_;
  lzma_index* found_ = nullptr;  ///< Set by the decoder when it has come to its end; then taken over at once.
  Stream decoder_;
  Offset position_;      ///< Of the next byte for the decoder.
  bool begun_ = false;   ///< The decoder has seen bytes.
  bool jumped_ = false;  ///< It has named `position_`; otherwise it reads on.
  bool complete_ = false;
  std::uint64_t steps_ = 0;
  FrameTable table_;
};

/// Reads the header of a block into `block` and `filters`, and makes them fit `frame`.
void read_header(const Frame& frame, std::span<const std::byte> stored, lzma_block& block, Filters& filters) {
  const auto size_byte = std::to_integer<std::uint8_t>(stored.front());
  block.version = 1;
  block.check = static_cast<lzma_check>(frame.check);
  block.filters = filters.list.data();
  block.header_size = lzma_block_header_size_decode(size_byte);
  if (size_byte == 0 || block.header_size > stored.size()) throw damaged("a block begins with a wrong header");
  const lzma_ret result = lzma_block_header_decode(&block, nullptr, raw(stored));
  if (result == LZMA_MEM_ERROR) throw out_of_memory();
  if (result == LZMA_OPTIONS_ERROR) {
    throw Error(ErrorKind::unsupported,
                "a block uses a filter that liblzma does not know; compress it with another xz");
  }
  if (result != LZMA_OK) throw damaged("a block begins with a wrong header");

  const std::uint64_t content = frame.content.size().value;
  if (block.uncompressed_size != LZMA_VLI_UNKNOWN && block.uncompressed_size != content) {
    throw damaged("a block and the index differ in the size of its content");
  }
  block.uncompressed_size = content;
  // Nothing in the block refers to what lies before it, so a larger dictionary than its content is never used. Without
  // this a block of a few bytes could claim 4 GiB.
  for (lzma_filter* filter = block.filters; filter->id != LZMA_VLI_UNKNOWN; ++filter) {
    if (filter->id != LZMA_FILTER_LZMA2) continue;
    auto& options = *static_cast<lzma_options_lzma*>(filter->options);
    const std::uint64_t enough = std::max(content, kSmallestDictionary);
    options.dict_size = static_cast<std::uint32_t>(std::min<std::uint64_t>(options.dict_size, enough));
  }
}

/// `state` is a decoder of a block whose whole input is set.
std::vector<std::byte> decode_all(lzma_stream& state, std::size_t size) {
  std::vector<std::byte> content;
  content.reserve(size);
  lzma_ret result = LZMA_OK;
  while (result == LZMA_OK) {
    if (state.avail_out == 0 && content.size() < size) {
      const std::size_t before = content.size();
      content.resize(before + std::min(kOutputPiece, size - before));
      state.next_out = reinterpret_cast<std::uint8_t*>(content.data()) + before;
      state.avail_out = content.size() - before;
      count_work(1);
    }
    result = lzma_code(&state, LZMA_FINISH);
  }
  if (result == LZMA_MEM_ERROR) throw out_of_memory();
  if (result != LZMA_STREAM_END || state.avail_in != 0 || state.avail_out != 0 || content.size() != size) {
    throw damaged("a block cannot be decompressed, or its check does not match");
  }
  return content;
}

}  // namespace

std::unique_ptr<FrameTableReader> make_xz_reader(ByteCount size) { return std::make_unique<XzReader>(size); }

std::vector<std::byte> decompress_xz(const Frame& frame, std::span<const std::byte> stored) {
  require_known_check(frame.check);
  if (stored.empty()) throw damaged("a block is empty");
  Filters filters;
  lzma_block block{};
  read_header(frame, stored, block, filters);
  const std::uint64_t header = block.header_size;
  Stream decoder;
  const lzma_ret result = lzma_block_decoder(&decoder.state, &block);
  if (result == LZMA_MEM_ERROR) throw out_of_memory();
  if (result == LZMA_OPTIONS_ERROR) {
    throw Error(ErrorKind::unsupported, "a block uses filters that liblzma does not know; compress it with another xz");
  }
  if (result != LZMA_OK) throw damaged("a block begins with a wrong header");
  const auto input = stored.subspan(header);
  decoder.state.next_in = raw(input);
  decoder.state.avail_in = input.size();
  return decode_all(decoder.state, frame.content.size().value);
}

}  // namespace rimfs::archives
