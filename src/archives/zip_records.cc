// SPDX-License-Identifier: MIT
#include "archives/zip_records.h"

#include <fmt/format.h>

#include <string_view>

#include "base/little_endian.h"

namespace rimfs::archives {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kEnd = 0x06054b50, kLocator = 0x07064b50, kEnd64 = 0x06064b50, kEntry = 0x02014b50,
                        kLocal = 0x04034b50, kDigitalSignature = 0x05054b50;
/// "See ZIP64."
constexpr std::uint16_t kElsewhere16 = 0xffff;
constexpr std::uint32_t kElsewhere32 = 0xffffffff;

std::uint16_t u16(Bytes bytes, std::size_t at) { return get_little_endian<std::uint16_t>(bytes, at); }
std::uint32_t u32(Bytes bytes, std::size_t at) { return get_little_endian<std::uint32_t>(bytes, at); }
std::uint64_t u64(Bytes bytes, std::size_t at) { return get_little_endian<std::uint64_t>(bytes, at); }

bool begins_with(Bytes bytes, std::uint32_t signature, ByteCount size) {
  return bytes.size() >= size.value && u32(bytes, 0) == signature;
}

ZipEnd end_record_at(Bytes bytes, std::uint64_t at) {
  const std::uint16_t disk = u16(bytes, 4), directory_disk = u16(bytes, 6);
  ZipEnd end{.at = at, .count = u16(bytes, 10), .size = u32(bytes, 12), .offset = u32(bytes, 16)};
  const bool elsewhere = disk == kElsewhere16 || directory_disk == kElsewhere16;
  end.split = !elsewhere && (disk != 0 || directory_disk != 0 || u16(bytes, 8) != end.count);
  return end;
}

/// Takes numbers from the extra field of ZIP64, which has only those that their places in the entry refer to it.
class Zip64Numbers {
 public:
  explicit Zip64Numbers(Bytes extra) : rest_(extra) {}

  template <typename Number>
  void replace(std::uint64_t& number, std::uint64_t elsewhere) {
    if (number != elsewhere) return;
    if (rest_.size() < sizeof(Number)) {
      complete_ = false;
      return;
    }
    number = get_little_endian<Number>(rest_, 0);
    rest_ = rest_.subspan(sizeof(Number));
  }
  bool complete() const { return complete_; }

 private:
  Bytes rest_;
  bool complete_ = true;
};

/// The time of the last modification in NTFS's extra field (4.5.5): units of 100 ns since 1601.
std::optional<std::int64_t> ntfs_time(Bytes field) {
  for (std::size_t at = 4; at + 4 <= field.size();) {
    const std::size_t size = u16(field, at + 2);
    if (u16(field, at) == 1 && size >= 8 && at + 4 + 8 <= field.size()) {
      return static_cast<std::int64_t>(u64(field, at + 4) / 10'000'000) - 11'644'473'600;
    }
    at += 4 + size;
  }
  return std::nullopt;
}

void apply_extra_fields(Bytes extra, ZipEntry& entry) {
  Bytes zip64;
  while (extra.size() >= 4) {
    const std::uint16_t id = u16(extra, 0);
    const std::size_t size = std::min<std::size_t>(u16(extra, 2), extra.size() - 4);
    const Bytes field = extra.subspan(4, size);
    if (id == 0x0001) zip64 = field;
    if (id == 0x000a && !entry.modified) entry.modified = ntfs_time(field);
    if (id == 0x5455 && size >= 5 && (field[0] & std::byte{1}) != std::byte{0}) {
      entry.modified = static_cast<std::int32_t>(u32(field, 1));  // Unix: signed seconds
    }
    extra = extra.subspan(4 + size);
  }
  Zip64Numbers numbers(zip64);
  numbers.replace<std::uint64_t>(entry.size, kElsewhere32);
  numbers.replace<std::uint64_t>(entry.compressed_size, kElsewhere32);
  numbers.replace<std::uint64_t>(entry.offset, kElsewhere32);
  std::uint64_t disk = entry.disk;
  numbers.replace<std::uint32_t>(disk, kElsewhere16);
  entry.disk = static_cast<std::uint32_t>(disk);
  entry.has_all_sizes = numbers.complete();
}

/// Made by Unix or OS X, an entry has a mode, which says that it is a symbolic link. What zip reads from a pipe has the
/// mode of a pipe, and is a file.
bool is_symbolic_link(std::uint16_t made_by, std::uint32_t attributes) {
  const unsigned host = made_by >> 8;
  return (host == 3 || host == 19) && (attributes >> 16 & 0170000) == 0120000;
}

/// APPNOTE 4.4.5.
std::string name_of_method(std::uint16_t method) {
  switch (method) {
    case 1:
      return "shrink";
    case 6:
      return "implode";
    case 8:
      return "deflate";
    case 9:
      return "deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "LZMA";
    case 93:
      return "zstd";
    case 95:
      return "xz";
    case 98:
      return "PPMd";
    default:
      return fmt::format("method {}", method);
  }
}

}  // namespace

std::optional<ZipEnd> find_zip_end(Bytes tail, std::uint64_t from) {
  std::optional<ZipEnd> last;
  for (std::size_t at = tail.size(); at-- > 0;) {
    const Bytes record = tail.subspan(at);
    if (!begins_with(record, kEnd, kZipEndRecord)) continue;
    const ZipEnd end = end_record_at(record, from + at);
    if (end.size != kElsewhere32 && end.size > end.at) continue;  // there is no room for such a directory
    const std::size_t end_of_comment = kZipEndRecord.value + u16(record, 20);
    if (end_of_comment == record.size()) return end;
    if (!last) last = end;
  }
  return last;
}

std::optional<std::uint64_t> read_zip64_locator(Bytes bytes) {
  if (!begins_with(bytes, kLocator, kZip64Locator)) return std::nullopt;
  return u64(bytes, 8);
}

std::optional<ZipEnd> read_zip64_end(Bytes bytes, std::uint64_t at) {
  if (!begins_with(bytes, kEnd64, kZip64EndRecord)) return std::nullopt;
  ZipEnd end{.at = at, .count = u64(bytes, 32), .size = u64(bytes, 40), .offset = u64(bytes, 48)};
  end.split = u32(bytes, 16) != 0 || u32(bytes, 20) != 0 || u64(bytes, 24) != end.count;
  return end;
}

std::optional<ZipEntry> read_zip_entry(Bytes bytes, ZipEntryFault& fault) {
  fault = bytes.size() < kZipEntry.value ? ZipEntryFault::incomplete : ZipEntryFault::other;
  if (!begins_with(bytes, kEntry, kZipEntry)) return std::nullopt;
  const std::size_t name = u16(bytes, 28), extra = u16(bytes, 30), comment = u16(bytes, 32);
  ZipEntry entry;
  entry.entry_size = kZipEntry + ByteCount{name + extra + comment};
  if (entry.entry_size.value > bytes.size()) {
    fault = ZipEntryFault::incomplete;
    return std::nullopt;
  }
  entry.flags = u16(bytes, 8);
  entry.method = u16(bytes, 10);
  entry.compressed_size = u32(bytes, 20);
  entry.size = u32(bytes, 24);
  entry.disk = u16(bytes, 34);
  entry.offset = u32(bytes, 42);
  entry.symbolic_link = is_symbolic_link(u16(bytes, 4), u32(bytes, 38));
  entry.path.assign(reinterpret_cast<const char*>(bytes.data()) + kZipEntry.value, name);
  apply_extra_fields(bytes.subspan(kZipEntry.value + name, extra), entry);
  return entry;
}

bool is_zip_signature(Bytes bytes) { return begins_with(bytes, kDigitalSignature, ByteCount{4}); }

std::optional<ZipLocalHeader> read_zip_local_header(Bytes bytes) {
  if (!begins_with(bytes, kLocal, kZipLocalHeader)) return std::nullopt;
  const std::uint64_t variable = std::uint64_t{u16(bytes, 26)} + u16(bytes, 28);
  return ZipLocalHeader{.method = u16(bytes, 8), .size = kZipLocalHeader + ByteCount{variable}};
}

std::string zip_refusal(const ZipEntry& entry) {
  constexpr std::uint16_t kEncrypted = 1;
  constexpr std::uint16_t kStored = 0;
  if ((entry.flags & kEncrypted) != 0) return "it is encrypted; decrypt and extract it";
  if (entry.method != kStored) {
    return fmt::format("it is compressed ({}); store it with zip -0, or extract it", name_of_method(entry.method));
  }
  if (!entry.has_all_sizes) return "its size or place is missing in the archive's directory; make the archive again";
  if (entry.disk != 0) return "it lies in another part of a split archive; join the parts with zip -s 0";
  if (entry.compressed_size != entry.size) return "its two sizes contradict each other; make the archive again";
  return {};
}

}  // namespace rimfs::archives
