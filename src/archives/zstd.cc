// SPDX-License-Identifier: MIT
#include "archives/zstd.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <utility>

#include "archives/frame_list.h"
#include "archives/known_bytes.h"
#include "base/checksum.h"
#include "base/error.h"
#include "base/little_endian.h"

namespace rimfs::archives {

namespace {

/// The most of one want: the interface's limit.
constexpr ByteCount kLargestWant = 1_MiB;
/// The longest header of a frame (RFC 8878, 3.1.1.1, with the magic number).
constexpr ByteCount kFrameHeader = {18};

/// The seek table is a skippable frame with this number, 8 bytes of header, the entries, and a footer that ends with
/// kSeekableMagic.
constexpr std::uint32_t kSeekTableMagic = 0x184D2A5E;
constexpr std::uint32_t kSeekableMagic = 0x8F92EAB1;
constexpr std::uint64_t kSkippableHeader = 8;
constexpr std::uint64_t kFooter = 9;
/// Bits of the footer's descriptor.
constexpr std::uint8_t kHasChecksums = 0x80;
constexpr std::uint8_t kReserved = 0x7C;

Error damaged(std::string_view what) {
  return Error(ErrorKind::corrupt, fmt::format("the zstd file is damaged: {}", what));
}

Error not_seekable(std::string_view why) {
  return Error(ErrorKind::unsupported, fmt::format("{}, so it cannot be read in parts; compress it with xz "
                                                   "--block-size=16MiB, or in zstd's seekable format (t2sz)",
                                                   why));
}

bool begins_with_frame(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && get_little_endian<std::uint32_t>(bytes, 0) == ZSTD_MAGICNUMBER;
}

bool begins_with_skippable_frame(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 &&
         (get_little_endian<std::uint32_t>(bytes, 0) & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

/// First the end of the file; then the entries of its seek table, or, when it has none, the first frame's header.
class ZstdReader final : public FrameTableReader {
 public:
  explicit ZstdReader(ByteCount size) : size_(size), known_(size), wanted_(known_.end()) {}

  std::optional<ByteRange> wanted() const override { return wanted_; }

  void take(Offset from, std::span<const std::byte> bytes) override {
    known_.give(from, bytes, wanted_.value());
    if (stage_ == Stage::end) read_end();
    if (stage_ == Stage::table) read_table();
    if (stage_ == Stage::entries) read_entries();
    if (stage_ == Stage::single) read_single_frame();
    known_.release();
  }

  FrameTable finish() override { return std::exchange(table_, {}); }

 private:
  enum class Stage : std::uint8_t { end, table, entries, single, complete };

  /// The footer, if there is one.
  void read_end() {
    const Offset footer_at = Offset{size_.value} - ByteCount{kFooter};
    const auto footer = known_.from(footer_at);
    if (footer.size() != kFooter || get_little_endian<std::uint32_t>(footer, 5) != kSeekableMagic) {
      stage_ = Stage::single;
      return;
    }
    left_ = get_little_endian<std::uint32_t>(footer, 0);
    const auto descriptor = std::to_integer<std::uint8_t>(footer[4]);
    if ((descriptor & kReserved) != 0) throw not_seekable("its seek table is of a newer kind");
    has_checksums_ = (descriptor & kHasChecksums) != 0;
    entry_size_ = has_checksums_ ? 12 : 8;
    const std::uint64_t table_size = kSkippableHeader + left_ * entry_size_ + kFooter;
    if (table_size > size_.value) throw damaged("its seek table is longer than the file");
    if (left_ > kMostFrames) throw not_seekable(fmt::format("it has more than {} frames", kMostFrames));
    table_at_ = Offset{size_.value - table_size};
    entry_at_ = table_at_;
    stage_ = Stage::table;
  }

  /// The header of the skippable frame.
  void read_table() {
    const auto header = known_.from(entry_at_);
    if (header.size() < kSkippableHeader) return want_entries(kSkippableHeader);
    const std::uint64_t frame_size = left_ * entry_size_ + kFooter;
    if (get_little_endian<std::uint32_t>(header, 0) != kSeekTableMagic ||
        get_little_endian<std::uint32_t>(header, 4) != frame_size) {
      throw damaged("its seek table does not begin where its footer says");
    }
    entry_at_ += ByteCount{kSkippableHeader};
    stage_ = Stage::entries;
  }

  void read_entries() {
    while (left_ > 0) {
      const auto bytes = known_.from(entry_at_);
      const std::uint64_t count = std::min<std::uint64_t>(left_, bytes.size() / entry_size_);
      if (count == 0) return want_entries(entry_size_);
      for (std::uint64_t i = 0; i < count; ++i) read_entry(bytes.subspan(i * entry_size_, entry_size_));
      left_ -= count;
      entry_at_ += ByteCount{count * entry_size_};
    }
    if (stored_ != table_at_) throw damaged("the sizes in its seek table do not add up");
    complete();
  }

  void read_entry(std::span<const std::byte> entry) {
    const ByteRange stored = range_of(stored_, ByteCount{get_little_endian<std::uint32_t>(entry, 0)});
    if (stored.end > table_at_) throw damaged("the sizes in its seek table do not add up");
    const ByteCount content{get_little_endian<std::uint32_t>(entry, 4)};
    list_.add(stored, content, has_checksums_ ? get_little_endian<std::uint32_t>(entry, 8) : 0, has_checksums_);
    stored_ = stored.end;
  }

  /// At least `least` bytes from `entry_at_` on, and those up to the end of the file that is known. What lies on that
  /// border comes again.
  void want_entries(std::uint64_t least) {
    const Offset border = std::max(known_.end().begin, entry_at_) + ByteCount{least};
    wanted_ = {entry_at_, std::min({entry_at_ + kLargestWant, border, Offset{size_.value}})};
  }

  /// A file without a seek table can be read as one frame, when it says how large that is.
  void read_single_frame() {
    const ByteRange begin = range_of(Offset{0}, std::min(kFrameHeader, size_));
    const auto bytes = known_.from(begin.begin);
    if (bytes.size() < begin.size().value) {
      wanted_ = begin;
      return;
    }
    if (begins_with_skippable_frame(bytes)) throw not_seekable("it has no seek table");
    if (!begins_with_frame(bytes)) throw Error(ErrorKind::corrupt, "it is not a zstd file");
    const unsigned long long content = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (content == ZSTD_CONTENTSIZE_ERROR) throw damaged("the header of its first frame is wrong");
    if (content == ZSTD_CONTENTSIZE_UNKNOWN) throw not_seekable("it has neither a seek table nor a stated size");
    // Blocks that cannot be compressed need 3 bytes more each, and a program may end blocks early.
    if (content <= kLargestFrame.value && size_.value > ZSTD_compressBound(content) + (1_MiB).value) {
      throw not_seekable("it has no seek table, and several frames");
    }
    // A larger file is held against this when it is decompressed. One without content never is.
    if (bytes.size() >= size_.value)
      require_single_frame(bytes.first(size_.value));
    else if (content == 0)
      throw not_seekable("it has no seek table, and several frames");
    list_.add({Offset{0}, Offset{size_.value}}, ByteCount{content}, 0, false);
    complete();
  }

  static void require_single_frame(std::span<const std::byte> file) {
    const std::size_t size = ZSTD_findFrameCompressedSize(file.data(), file.size());
    if (ZSTD_isError(size)) throw damaged("its frame is wrong, or its end is missing");
    if (size != file.size()) throw not_seekable("it has no seek table, and several frames");
  }

  void complete() {
    table_ = list_.finish();
    stage_ = Stage::complete;
    wanted_.reset();
  }

  const ByteCount size_;
  KnownBytes known_;
  std::optional<ByteRange> wanted_;
  Stage stage_ = Stage::end;
  bool has_checksums_ = false;
  std::uint64_t entry_size_ = 8;
  std::uint64_t left_ = 0;  ///< Entries that are not yet read.
  Offset table_at_;         ///< Where the seek table's skippable frame begins, and the other frames end.
  Offset entry_at_;         ///< Of the next entry.
  Offset stored_;           ///< Of the next entry's frame.
  FrameList list_{Compression::zstd};
  FrameTable table_;
};

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// That `stored` is one frame and nothing else. The seek table has an entry for each frame.
void require_one_frame(const Frame& frame, std::span<const std::byte> stored) {
  if (!begins_with_frame(stored)) throw damaged("a frame does not begin where the seek table says");
  const std::size_t size = ZSTD_findFrameCompressedSize(stored.data(), stored.size());
  if (ZSTD_isError(size)) throw damaged("a frame is wrong, or longer than the seek table says");
  if (size != stored.size()) {
    throw Error(ErrorKind::corrupt,
                fmt::format("a zstd frame ends after {} of {} bytes: the file has several frames and no seek table, or "
                            "a wrong one; compress it with xz --block-size=16MiB",
                            size, stored.size()));
  }
  if (ZSTD_getDictID_fromFrame(stored.data(), stored.size()) != 0) {
    throw Error(ErrorKind::unsupported, "a zstd frame needs a dictionary; compress it without one");
  }
  const unsigned long long content = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (content != ZSTD_CONTENTSIZE_UNKNOWN && content != frame.content.size().value) {
    throw damaged("a frame and the seek table differ in the size of its content");
  }
}

}  // namespace

std::unique_ptr<FrameTableReader> make_zstd_reader(ByteCount size) { return std::make_unique<ZstdReader>(size); }

std::vector<std::byte> decompress_zstd(const Frame& frame, std::span<const std::byte> stored) {
  require_one_frame(frame, stored);
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) throw Error(ErrorKind::system, "cannot decompress a zstd file: no memory is left");
  std::vector<std::byte> content(frame.content.size().value);
  const std::size_t size =
      ZSTD_decompressDCtx(context.get(), content.data(), content.size(), stored.data(), stored.size());
  if (ZSTD_isError(size)) throw damaged(fmt::format("a frame cannot be decompressed ({})", ZSTD_getErrorName(size)));
  if (size != content.size()) throw damaged("a frame's content is shorter than the seek table says");
  if (frame.has_check && static_cast<std::uint32_t>(xxh64(content)) != frame.check) {
    throw damaged("a frame's content does not match its checksum");
  }
  return content;
}

}  // namespace rimfs::archives
