// SPDX-License-Identifier: MIT
// The index of a zip archive: the end record, the directory, then the local headers of the stored members. Sources: see
// zip_records.h.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "archives/archive_kind.h"
#include "archives/index_builder.h"
#include "archives/zip_records.h"
#include "base/error.h"
#include "base/work.h"

namespace rimfs::archives {

namespace {

using Bytes = std::span<const std::byte>;

/// The end record lies within the last 65,557 bytes: its comment has at most 65,535. What ZIP64 has before it is read
/// with it.
constexpr ByteCount kTail = {kZip64EndRecord.value + kZip64Locator.value + kZipEndRecord.value + 65535};
/// How much of the directory is wanted at once. Larger than any entry.
constexpr ByteCount kPiece = 1_MiB;
static_assert(kPiece > kLargestZipEntry);
/// Local headers that lie far from one another cost a request each: minutes on a slow network.
constexpr std::size_t kMostSteps = 10'000;

constexpr const char* kDamagedMember = "its own header in the archive is damaged; make the archive again";
constexpr const char* kNotNeeded = "it was not looked for";
constexpr const char* kOutside = "its bytes lie outside of the archive; fetch or make the archive again";

class ZipReader final : public IndexReader {
 public:
  ZipReader(ByteCount size, IndexLimits limits, std::function<bool(std::string_view)> is_needed)
      : index_(limits), is_needed_(std::move(is_needed)) {
    if (size.is_zero()) return;
    stage_ = Stage::tail;
    wanted_ = {Offset{size.value} - kTail, Offset{size.value}};
  }

  std::optional<ByteRange> wanted() const override {
    return stage_ == Stage::end ? std::nullopt : std::optional(wanted_);
  }

  void take(Offset from, Bytes bytes) override {
    const ByteRange window = range_of(from, ByteCount{bytes.size()});
    if (stage_ == Stage::local_headers && ++steps_ > kMostSteps) {
      throw Error(
          ErrorKind::unsupported,
          fmt::format("the archive has more than {} members that are far from one another, each of which takes a "
                      "request; name one member, extract it, or make a tar archive of it",
                      kMostSteps));
    }
    while (stage_ != Stage::end && window.contains(wanted_)) {
      if (stage_ == Stage::directory) {
        // All of the directory that is there.
        const ByteRange there = window.intersect({wanted_.begin, directory_.end});
        take_directory(bytes.subspan((there.begin - from).value, there.size().value));
      } else {
        take_wanted(bytes.subspan((wanted_.begin - from).value, wanted_.size().value));
      }
    }
  }

  Index finish() override {
    stored_ = {};
    return index_.finish();
  }

 private:
  enum class Stage {
    tail,
    zip64_end,        ///< ZIP64's end record where it usually lies: before its locator.
    moved_zip64_end,  ///< Where the locator says that it lies.
    directory,
    local_headers,
    end,
  };

  /// A member whose bytes lie behind its local header, which lies at `header`.
  struct Stored {
    Offset header;
    std::size_t member;
    bool operator<(const Stored& other) const {
      return std::pair(header, member) < std::pair(other.header, other.member);
    }
  };

  void want(Stage stage, ByteRange range) {
    stage_ = stage;
    wanted_ = range;
  }

  void take_wanted(Bytes bytes) {
    switch (stage_) {
      case Stage::tail:
        return take_tail(bytes);
      case Stage::zip64_end:
      case Stage::moved_zip64_end:
        return take_zip64_end(bytes);
      case Stage::local_headers:
        return take_local_header(bytes);
      case Stage::directory:
      case Stage::end:
        break;
    }
  }

  void take_tail(Bytes tail) {
    const std::optional<ZipEnd> end = find_zip_end(tail, wanted_.begin.value);
    count_work(tail.size() / 1024);
    if (!end) {
      throw Error(ErrorKind::corrupt,
                  "this is no zip archive, or it is cut off: it has no end record; fetch or make it again");
    }
    end_ = *end;
    const std::uint64_t in_tail = end_.at - wanted_.begin.value;
    if (in_tail >= kZip64Locator.value) {
      locator_ = read_zip64_locator(tail.subspan(in_tail - kZip64Locator.value, kZip64Locator.value));
    }
    const Offset locator = Offset{end_.at} - kZip64Locator;
    if (!locator_) return begin_directory();
    if (locator.value >= kZip64EndRecord.value) {
      return want(Stage::zip64_end, range_of(locator - kZip64EndRecord, kZip64EndRecord));
    }
    find_moved_zip64_end();
  }

  void take_zip64_end(Bytes bytes) {
    if (const std::optional<ZipEnd> end = read_zip64_end(bytes, wanted_.begin.value)) {
      end_ = *end;
      return begin_directory();
    }
    if (stage_ == Stage::zip64_end) return find_moved_zip64_end();
    throw damaged("ZIP64's end record is missing");
  }

  void find_moved_zip64_end() {
    const std::uint64_t most = end_.at - kZip64Locator.value;
    if (*locator_ > most || most - *locator_ < kZip64EndRecord.value) throw damaged("ZIP64's end record is missing");
    want(Stage::moved_zip64_end, range_of(Offset{*locator_}, kZip64EndRecord));
  }

  /// The directory ends where the end record begins, which also finds it in an archive with a program before it.
  void begin_directory() {
    if (end_.split) {
      throw Error(ErrorKind::unsupported,
                  "the archive is split: it is the last of several parts; join them with zip -s 0 --out");
    }
    if (end_.size > end_.at) throw damaged("its directory is larger than the archive");
    look_for_directory(end_.at - end_.size);
  }

  void look_for_directory(std::uint64_t begin) {
    directory_ = range_of(Offset{begin}, ByteCount{end_.size});
    begins_ = begin - std::min(begin, end_.offset);
    before_ = end_.offset - std::min(begin, end_.offset);
    go_on_in_directory(directory_.begin);
  }

  void go_on_in_directory(Offset at) {
    if (at >= directory_.end) return end_directory();
    want(Stage::directory, {at, std::min(directory_.end, at + kPiece)});
  }

  void take_directory(Bytes bytes) {
    const Offset begin = wanted_.begin;
    std::size_t used = 0;
    while (used < bytes.size()) {
      ZipEntryFault fault{};
      const std::optional<ZipEntry> entry = read_zip_entry(bytes.subspan(used), fault);
      if (!entry) {
        const Offset at = begin + ByteCount{used};
        const bool whole = begin + ByteCount{bytes.size()} == directory_.end;
        if (fault == ZipEntryFault::incomplete && !whole) break;
        return take_no_entry(at, bytes.subspan(used));
      }
      take_entry(*entry);
      used += entry->entry_size.value;
    }
    go_on_in_directory(begin + ByteCount{used});
  }

  void take_no_entry(Offset at, Bytes bytes) {
    if (is_zip_signature(bytes)) return end_directory();
    if (entries_ == 0) {
      // Something may lie between the directory and the end record; then the place that it names is right.
      const bool elsewhere =
          Offset{end_.offset} != directory_.begin && end_.size <= end_.at - std::min(end_.at, end_.offset);
      if (elsewhere) return look_for_directory(end_.offset);
      throw damaged("its directory is not where its end record says; fetch or make it again");
    }
    index_.warn(
        fmt::format("the archive's directory is damaged at byte {}; members behind it are not known", at.value));
    end_directory();
  }

  void take_entry(const ZipEntry& entry) {
    index_.count_header();
    ++entries_;
    if (entry.symbolic_link) return;  // no image
    Member member;
    member.path = entry.path;
    member.folder = entry.path.ends_with('/');
    member.modified = entry.modified;
    if (member.folder) {
      index_.add(std::move(member));
      return;
    }
    member.size = ByteCount{entry.size};
    member.refusal = zip_refusal(entry);
    std::optional<Offset> header;
    if (member.refusal.empty()) {
      header = local_header_of(entry);
      if (!header) member.refusal = kOutside;
    }
    const bool has_bytes = !member.size.is_zero();
    if (header && !has_bytes) member.offset = *header;
    const std::size_t number = index_.add(std::move(member));
    if (!header || !has_bytes || !index_.has(number)) return;
    if (is_needed_ && !is_needed_(entry.path)) return index_.refuse(number, kNotNeeded);
    stored_.push_back({*header, number});
  }

  /// Where the local header of an entry lies, if it and the bytes of the member can lie before the directory.
  std::optional<Offset> local_header_of(const ZipEntry& entry) const {
    const std::uint64_t most = directory_.begin.value;
    if (entry.offset < before_) return std::nullopt;
    const std::uint64_t offset = entry.offset - before_;
    if (offset > most || begins_ > most - offset) return std::nullopt;
    const Offset at{begins_ + offset};
    const ByteCount room = directory_.begin - at;
    if (room < kZipLocalHeader || ByteCount{entry.size} > room - kZipLocalHeader) return std::nullopt;
    return at;
  }

  void end_directory() {
    // Programs without ZIP64 write the number of entries modulo 65,536.
    if (entries_ % 65536 != end_.count % 65536) {
      index_.warn(fmt::format("the archive's directory has {} entries, its end record says {}", entries_, end_.count));
    }
    std::sort(stored_.begin(), stored_.end());
    count_work(stored_.size());
    want_local_header();
  }

  void want_local_header() {
    if (next_ == stored_.size()) {
      stage_ = Stage::end;
      return;
    }
    want(Stage::local_headers, range_of(stored_[next_].header, kZipLocalHeader));
  }

  void take_local_header(Bytes bytes) {
    count_work(1);
    const Stored& one = stored_[next_++];
    const std::optional<ZipLocalHeader> header = read_zip_local_header(bytes);
    Member& member = index_.at(one.member);
    if (!header || header->method != 0) {
      index_.refuse(one.member, kDamagedMember);
    } else if (header->size + member.size > directory_.begin - one.header) {
      index_.refuse(one.member, kOutside);
    } else {
      member.offset = one.header + header->size;
    }
    want_local_header();
  }

  static Error damaged(const std::string& what) { return {ErrorKind::corrupt, "the zip archive is damaged: " + what}; }

  IndexBuilder index_;
  const std::function<bool(std::string_view)> is_needed_;  // none: all are
  Stage stage_ = Stage::end;
  ByteRange wanted_;

  ZipEnd end_;
  std::optional<std::uint64_t> locator_;  ///< Where ZIP64's locator says that its end record lies.
  ByteRange directory_;
  std::uint64_t begins_ = 0;  ///< Where the archive begins in the file: offsets count from there.
  std::uint64_t before_ = 0;  ///< So many bytes are missing before the file.
  std::uint64_t entries_ = 0;
  std::vector<Stored> stored_;  ///< By place, once the directory is read.
  std::size_t next_ = 0;        ///< Of stored_.
  std::size_t steps_ = 0;       ///< Windows with local headers.
};

}  // namespace

std::unique_ptr<IndexReader> make_zip_reader(ByteCount size, IndexLimits limits,
                                             std::function<bool(std::string_view)> is_needed) {
  return std::make_unique<ZipReader>(size, limits, std::move(is_needed));
}

}  // namespace rimfs::archives
