// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rimfs::archives::test {

/// A number as zip has it: the lowest byte first.
template <std::unsigned_integral Number>
std::string little(Number number) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes += static_cast<char>(std::uint64_t{number} >> (8 * i));
  return bytes;
}
inline std::string u16(std::uint64_t number) { return little(static_cast<std::uint16_t>(number)); }
inline std::string u32(std::uint64_t number) { return little(static_cast<std::uint32_t>(number)); }
inline std::string u64(std::uint64_t number) { return little(number); }
inline std::string extra_field(std::uint64_t id, const std::string& bytes) {
  return u16(id) + u16(bytes.size()) + bytes;
}

/// One member. A plain value.
struct ZipFile {
  std::string name;
  std::string bytes = "x";
  std::uint64_t method = 0;
  std::uint64_t flags = 0;
  std::string local_extra = {};
  std::string extra = {};  ///< Of the entry in the directory.
  std::uint64_t made_by = 20;
  std::uint64_t attributes = 0;
  std::string behind = {};  ///< A data descriptor.
  std::uint64_t disk = 0;
  bool zip64 = false;  ///< Sizes and offset stand in ZIP64's extra field.
  std::string signature = "PK\3\4";
  std::uint64_t more = 0;  ///< So much more than its bytes is its size.
};

/// What is odd about an archive. A plain value.
struct ZipShape {
  std::string prefix = {};  ///< Before the archive; offsets do not count it.
  std::string gap = {};     ///< Between the directory and the end record.
  std::string comment = {};
  std::uint64_t comment_size = 0xfffff;  ///< As the end record says it.
  bool zip64 = false;
  std::uint64_t disk = 0;
  std::uint64_t more_entries = 0;  ///< Than there are, says the end record.
};

inline std::string zip_end(const ZipShape& shape, std::uint64_t count, std::uint64_t size, std::uint64_t offset,
                           std::uint64_t at) {
  const std::uint64_t comment = shape.comment_size == 0xfffff ? shape.comment.size() : shape.comment_size;
  std::string end;
  if (shape.zip64) {
    end = "PK\6\6" + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(count) + u64(count) + u64(size) + u64(offset);
    end += "PK\6\7" + u32(0) + u64(at) + u32(1);
    return end + "PK\5\6" + u16(0) + u16(0) + u16(0xffff) + u16(0xffff) + u32(0xffffffff) + u32(0xffffffff) +
           u16(comment) + shape.comment;
  }
  return end + "PK\5\6" + u16(shape.disk) + u16(shape.disk) + u16(count) + u16(count) + u32(size) + u32(offset) +
         u16(comment) + shape.comment;
}

inline std::string zip_archive(const std::vector<ZipFile>& files, const ZipShape& shape = {}) {
  std::string archive, directory;
  for (const ZipFile& file : files) {
    const std::uint64_t offset = archive.size(), size = file.bytes.size() + file.more;
    const std::string sizes = file.zip64 ? u32(0xffffffff) + u32(0xffffffff) : u32(size) + u32(size);
    const std::string numbers = file.zip64 ? extra_field(1, u64(size) + u64(size) + u64(offset)) : "";
    archive += file.signature + u16(20) + u16(file.flags) + u16(file.method) + u32(0) + u32(0) + u32(size) + u32(size) +
               u16(file.name.size()) + u16(file.local_extra.size()) + file.name + file.local_extra + file.bytes +
               file.behind;
    directory += "PK\1\2";
    directory += u16(file.made_by) + u16(20) + u16(file.flags) + u16(file.method);
    directory += u32(0) + u32(0) + sizes;
    directory += u16(file.name.size()) + u16(file.extra.size() + numbers.size()) + u16(0) + u16(file.disk) + u16(0);
    directory += u32(file.attributes) + u32(file.zip64 ? 0xffffffff : offset);
    directory += file.name;
    directory += file.extra;
    directory += numbers;
  }
  const std::uint64_t offset = archive.size(), end = offset + directory.size() + shape.gap.size();
  return shape.prefix + archive + directory + shape.gap +
         zip_end(shape, files.size() + shape.more_entries, directory.size(), offset, end);
}

}  // namespace rimfs::archives::test
