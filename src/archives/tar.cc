// SPDX-License-Identifier: MIT
// The index of a tar archive: from header to header, over the bytes of the members. Sources: see tar_header.h, pax.h.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "archives/archive_kind.h"
#include "archives/index_builder.h"
#include "archives/pax.h"
#include "archives/tar_header.h"
#include "base/checksum.h"
#include "base/error.h"

namespace rimfs::archives {

namespace {

using Bytes = std::span<const std::byte>;

/// The longest name or extended header that is read.
constexpr ByteCount kLongestExtension = 1_MiB;

/// No file is larger. Sums of positions in it do not overflow.
constexpr ByteCount kLargestFile = {std::uint64_t{1} << 62};

/// The number of what is not listed.
constexpr std::size_t kUnlisted = std::numeric_limits<std::size_t>::max();

constexpr const char* kSparse = "it is a sparse member, whose bytes do not lie in one piece; extract it with tar";
constexpr const char* kUnknownTarget =
    "it is a hard link to a member that does not stand before it in the archive; extract the whole archive with tar";
constexpr const char* kOtherVolume = "it begins in another volume of the archive; extract it with tar --multi-volume";

/// The same for all spellings of a name that tar makes: "./a" and "a", "a/" and "a".
std::string_view without_decoration(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

class TarReader final : public IndexReader {
 public:
  TarReader(ByteCount size, IndexLimits limits) : size_(std::min(size, kLargestFile)), index_(limits) {
    if (size.is_zero()) stage_ = Stage::end;
  }

  std::optional<ByteRange> wanted() const override {
    if (stage_ == Stage::end) return std::nullopt;
    const ByteCount size = stage_ == Stage::extension ? ByteCount{header_.size} : kTarBlock;
    return range_of(at_, size).intersect({Offset{}, Offset{size_.value}});
  }

  void take(Offset from, Bytes bytes) override {
    const ByteRange window = range_of(from, ByteCount{bytes.size()});
    for (auto range = wanted(); range && window.contains(*range); range = wanted()) {
      take_wanted(bytes.subspan((range->begin - from).value, range->size().value));
    }
  }

  Index finish() override {
    by_name_ = {};
    return index_.finish();
  }

 private:
  enum class Stage {
    header,
    extension,   ///< The body of header_: a long name, or records of pax.
    sparse_map,  ///< More of the map of the member sparse_, whose header is header_.
    end,
  };

  /// A hard link whose header says that it has bytes, which old programs said without meaning it.
  struct DoubtfulLink {
    std::size_t member;
    ByteCount size;
  };

  void take_wanted(Bytes bytes) {
    if (stage_ == Stage::extension) {
      take_extension(bytes);
    } else if (bytes.size() < kTarBlock.value) {
      damaged(ErrorKind::corrupt, fmt::format("it is cut off in the header at byte {}", at_.value));
    } else if (stage_ == Stage::sparse_map) {
      index_.count_header();
      if (!sparse_map_goes_on(bytes)) return pass_content(at_ + kTarBlock, ByteCount{header_.size}, sparse_);
      move_to(at_ + kTarBlock, Stage::sparse_map);
    } else {
      take_header(bytes);
    }
  }

  void take_header(Bytes block) {
    index_.count_header();
    std::optional<TarHeader> header = read_tar_header(block);
    if (!header && is_end_mark(block)) {
      if (at_ == Offset{}) index_.warn("the archive begins with its end mark: it is empty, or not written yet");
      stage_ = Stage::end;
      return;
    }
    if (!header) return damaged(ErrorKind::corrupt, fmt::format("its header at byte {} is damaged", at_.value));
    doubtful_link_.reset();
    begun_ = true;
    header_ = std::move(*header);
    switch (header_.type) {
      case 'L':
      case 'K':
      case 'x':
      case 'g':
      case 'X':  // Solaris before pax
        return begin_extension();
      default:
        return take_member();
    }
  }

  void begin_extension() {
    const Offset begin = at_ + kTarBlock;
    if (ByteCount{header_.size} > kLongestExtension) {
      return damaged(ErrorKind::unsupported,
                     fmt::format("the name or extended header at byte {} has {} bytes, more than "
                                 "1 MiB; extract the archive with tar",
                                 begin.value, header_.size));
    }
    if (ByteCount{header_.size} > Offset{size_.value} - begin) {
      return damaged(ErrorKind::corrupt, fmt::format("it is cut off in the extended header at byte {}", begin.value));
    }
    stage_ = Stage::extension;
    at_ = begin;
    if (header_.size == 0) take_extension({});
  }

  void take_extension(Bytes body) {
    const std::string_view text = text_of(body);
    bool good = true;
    if (header_.type == 'L') {
      long_path_ = text.substr(0, text.find('\0'));
    } else if (header_.type == 'K') {
      long_link_ = text.substr(0, text.find('\0'));
    } else if (header_.type == 'g') {
      good = apply_pax(text, global_);
    } else {
      if (!local_) {
        index_.count_text(global_.path.value_or("").size() + global_.link.value_or("").size());
        local_ = global_;
      }
      good = apply_pax(text, *local_);
    }
    if (!good) return damaged(ErrorKind::corrupt, fmt::format("its extended header at byte {} is damaged", at_.value));
    move_to(at_ + align_up(ByteCount{body.size()}, kTarBlock));
  }

  /// Takes the member of header_ with all that was said of it before.
  void take_member() {
    const std::optional<PaxAttributes> local = std::exchange(local_, std::nullopt);
    const PaxAttributes& said = local ? *local : global_;
    std::optional<std::string> path = std::exchange(long_path_, std::nullopt);
    std::optional<std::string> link = std::exchange(long_link_, std::nullopt);
    if (said.path) path = said.path;
    if (said.real_path) path = said.real_path;
    if (path) header_.path = std::move(*path);
    if (said.link) link = said.link;
    if (link) header_.link = std::move(*link);
    if (said.modified) header_.modified = said.modified;
    if (said.size) header_.size = *said.size;

    Member member;
    member.path = header_.path;
    member.modified = header_.modified;
    const Offset content = at_ + kTarBlock;
    switch (header_.type) {
      case '1':
        return take_hard_link(std::move(member), local.has_value());
      case '2':  // symbolic links, devices and FIFOs: POSIX says that no bytes follow, whatever the size
      case '3':
      case '4':
      case '6':
        return pass_content(content, {}, add_unlisted());
      case '5':
        member.folder = true;
        return pass_content(content, {}, add(std::move(member)));
      case 'D':  // GNU's folder of an incremental backup; its bytes are a list of names
        member.folder = true;
        return pass_content(content, ByteCount{header_.size}, add(std::move(member)));
      case 'V':  // GNU: the name of the archive, and the names of old; Solaris: lists of rights, attributes
      case 'N':
      case 'A':
      case 'E':
      case 'I':
        index_.count_text(header_.path.size());
        return pass_content(content, ByteCount{header_.size}, kUnlisted);
      default:
        return take_file(std::move(member), said);
    }
  }

  /// POSIX: a type that is not known is a file.
  void take_file(Member member, const PaxAttributes& said) {
    const Offset content = at_ + kTarBlock;
    member.size = ByteCount{header_.size};
    if (header_.type == 'S' || said.sparse) {
      member.size = ByteCount{said.real_size.value_or(header_.type == 'S' ? header_.real_size : header_.size)};
      member.refusal = kSparse;
    } else if (header_.type == 'M') {
      member.refusal = kOtherVolume;
    } else if (member.path.ends_with('/')) {  // V7 knows no other folders
      member.folder = true;
      member.size = {};
    } else {
      member.offset = content;
    }
    const std::size_t number = add(std::move(member));
    if (header_.type != 'S' || !header_.map_goes_on) return pass_content(content, ByteCount{header_.size}, number);
    sparse_ = number;
    move_to(content, Stage::sparse_map);
  }

  /// A hard link is the bytes of the member that it names. It has bytes of its own when pax wrote them; other programs
  /// give a size and no bytes, or a size and bytes: then what follows decides.
  void take_hard_link(Member member, bool is_pax) {
    const Offset content = at_ + kTarBlock;
    const ByteCount size{header_.size};
    if (is_pax && !size.is_zero()) {
      member.offset = content;
      member.size = size;
      return pass_content(content, size, add(std::move(member)));
    }
    index_.count_text(header_.link.size());
    const auto found = by_name_.find(key_of(header_.link));
    std::size_t number = kUnlisted;
    if (found != by_name_.end() && found->second == kUnlisted) {
      add_unlisted();  // a link to a symbolic link is one
    } else {
      const Member* target = found == by_name_.end() ? nullptr : &index_.at(found->second);
      if (target && !target->folder && without_decoration(target->path) == without_decoration(header_.link)) {
        member.offset = target->offset;
        member.size = target->size;
        member.refusal = target->refusal;
      } else {
        member.refusal = kUnknownTarget;
      }
      number = add(std::move(member));
    }
    if (!size.is_zero()) doubtful_link_ = {number, size};
    move_to(content);
  }

  /// What follows a doubtful link is no header: they are its bytes.
  void resolve_doubtful_link() {
    const auto [number, size] = *std::exchange(doubtful_link_, std::nullopt);
    if (index_.has(number)) {
      Member& member = index_.at(number);
      member.offset = at_;
      member.size = size;
      member.refusal.clear();
    }
    pass_content(at_, size, number);
  }

  /// Goes on behind the bytes of a member. They may be fewer than its header says.
  void pass_content(Offset begin, ByteCount size, std::size_t number) {
    const Offset end{size_.value};
    if (size <= end - begin) return move_to(begin + align_up(size, kTarBlock));
    stage_ = Stage::end;
    const std::string text = fmt::format("the archive is cut off: it ends at byte {}, inside a member", size_.value);
    if (index_.has(number) && index_.at(number).refusal.empty() && !index_.at(number).folder) {
      index_.refuse(number,
                    fmt::format("the archive is cut off: it ends at byte {}, inside this member; fetch or make the "
                                "archive again",
                                size_.value));
    }
    index_.warn(text);
  }

  void move_to(Offset next, Stage stage = Stage::header) {
    at_ = next;
    stage_ = next.value < size_.value ? stage : Stage::end;
  }

  /// Nothing is known of what follows. `what` is wrong with the archive.
  void damaged(ErrorKind kind, const std::string& what) {
    if (doubtful_link_) return resolve_doubtful_link();
    if (!begun_) throw Error(ErrorKind::corrupt, "this is no tar archive: " + what);
    if (kind != ErrorKind::corrupt && index_.empty()) throw Error(kind, "the archive cannot be read: " + what);
    index_.warn("the archive is damaged: " + what + "; members behind it are not known");
    stage_ = Stage::end;
  }

  std::size_t add(Member member) {
    const std::uint64_t key = key_of(member.path);
    const std::size_t number = index_.add(std::move(member));
    if (index_.has(number)) by_name_[key] = number;
    return number;
  }

  std::size_t add_unlisted() {
    index_.count_text(header_.path.size());
    by_name_[key_of(header_.path)] = kUnlisted;
    return kUnlisted;
  }

  static std::uint64_t key_of(std::string_view path) { return xxh3_64(without_decoration(path)); }

  const ByteCount size_;
  IndexBuilder index_;
  Stage stage_ = Stage::header;
  Offset at_;           ///< Of what is wanted.
  bool begun_ = false;  ///< There was a good header.
  TarHeader header_;    ///< The last one.
  std::size_t sparse_ = kUnlisted;
  std::optional<DoubtfulLink> doubtful_link_;

  // For the member that follows.
  std::optional<std::string> long_path_;
  std::optional<std::string> long_link_;
  std::optional<PaxAttributes> local_;  ///< With what global_ says.

  PaxAttributes global_;                                    ///< For all that follow.
  std::unordered_map<std::uint64_t, std::size_t> by_name_;  ///< The last member of each name, for hard links.
};

}  // namespace

std::unique_ptr<IndexReader> make_tar_reader(ByteCount size, IndexLimits limits) {
  return std::make_unique<TarReader>(size, limits);
}

}  // namespace rimfs::archives
