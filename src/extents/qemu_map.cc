// SPDX-License-Identifier: MIT
// The JSON of `qemu-img map --output=json` (qemu's docs/tools/qemu-img.rst, and MapEntry in qapi/block-core.json): a
// list of extents. Each is an object with start, length, depth, present, zero, data and, when the bytes are in the
// file, offset.
#include <fmt/format.h>

#include <istream>
#include <nlohmann/json.hpp>

#include "base/json_stream.h"
#include "extents/image_map.h"

namespace rimfs::extents {
namespace {

using Json = nlohmann::json;

constexpr ByteCount kSector{512};

/// The members of one extent that were present.
struct Entry {
  std::optional<std::uint64_t> start, length, offset, depth;
  std::optional<bool> zero, data, present, compressed;
};

/// Processes the list member by member, so that a map of a million extents needs only the memory of its zero ranges.
class MapReader : public nlohmann::json_sax<Json> {
 public:
  ImageMap take() {
    if (map_.size.is_zero()) throw bad_map("the list is empty");
    map_.unit = kSector;
    return std::move(map_);
  }

  bool null() override { return plain(); }
  bool boolean(bool value) override {
    if (std::optional<bool>* member = flag()) *member = value;
    return plain();
  }
  bool number_integer(number_integer_t) override { return number(std::nullopt); }  // a negative number
  bool number_unsigned(number_unsigned_t value) override { return number(value); }
  bool number_float(number_float_t, const string_t&) override { return number(std::nullopt); }  // or > 2^64
  bool string(string_t&) override { return plain(); }
  bool binary(binary_t&) override { return plain(); }
  bool start_object(std::size_t) override { return open(false); }
  bool key(string_t& name) override {
    if (depth_ == kInEntry) key_ = name;
    return true;
  }
  bool end_object() override {
    if (depth_-- == kInEntry) add(std::exchange(entry_, {}));
    return true;
  }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    throw bad_map(fmt::format("invalid JSON at byte {}", position));
  }

 private:
  static constexpr unsigned kInEntry = 2;

  bool open(bool list) {
    if (list != (depth_ == 0) && depth_ < kInEntry) throw bad_map("it is not a list of extents");
    ++depth_;
    return true;
  }
  /// Rejects values other than objects in the list.
  bool plain() const {
    if (depth_ < kInEntry) throw bad_map("it is not a list of extents");
    return true;
  }

  bool number(std::optional<std::uint64_t> value) {
    plain();
    if (depth_ > kInEntry) return true;
    std::optional<std::uint64_t>* member = key_ == "start"    ? &entry_.start
                                           : key_ == "length" ? &entry_.length
                                           : key_ == "offset" ? &entry_.offset
                                           : key_ == "depth"  ? &entry_.depth
                                                              : nullptr;
    if (!member) return true;
    if (!value || *value > kLargestImage) throw bad_map(fmt::format("invalid {} after byte {}", key_, end()));
    *member = value;
    return true;
  }
  std::optional<bool>* flag() {
    if (depth_ != kInEntry) return nullptr;
    if (key_ == "zero") return &entry_.zero;
    if (key_ == "data") return &entry_.data;
    if (key_ == "present") return &entry_.present;
    return key_ == "compressed" ? &entry_.compressed : nullptr;
  }

  std::uint64_t end() const { return map_.size.value; }

  /// True when the extent describes the bytes of the file itself. The map of a qcow2 image describes the disk inside
  /// it.
  static bool of_raw_file(const Entry& entry) {
    if (entry.depth.value_or(0) != 0 || !entry.present.value_or(true) || entry.compressed.value_or(false)) return false;
    return entry.offset ? *entry.offset == *entry.start : *entry.zero;
  }

  void add(const Entry& entry) {
    if (!entry.start || !entry.length || !entry.zero || !entry.data) {
      throw bad_map(fmt::format("the extent at byte {} lacks start, length, zero or data", end()));
    }
    if (*entry.start != end() || *entry.length == 0) {
      throw bad_map(fmt::format("an extent begins at byte {} instead of {}, or is empty", *entry.start, end()));
    }
    if (*entry.length > kLargestImage - end()) throw bad_map("it is larger than any file");
    if (!*entry.zero && !*entry.data) throw bad_map(fmt::format("what is at byte {} is neither data nor zero", end()));
    if (!of_raw_file(entry)) {
      throw bad_map(
          fmt::format("what is at byte {} of the disk is not at that byte of the file: this is the map of "
                      "another format than raw",
                      end()));
    }
    const ByteRange range = range_of(Offset{end()}, ByteCount{*entry.length});
    map_.size += range.size();
    if (!*entry.zero) return;
    if (!map_.zeros.empty() && map_.zeros.back().end == range.begin) {
      map_.zeros.back().end = range.end;
    } else {
      map_.zeros.push_back(range);
    }
  }

  ImageMap map_;
  Entry entry_;
  std::string key_;
  unsigned depth_ = 0;
};

}  // namespace

ImageMap read_qemu_map(std::string_view json) {
  /// No member of an extent is longer. The lexer keeps each string and number in memory as a whole.
  constexpr std::size_t kLongestValue = 4096;
  MapReader reader;
  JsonStream characters(one_piece(json), kLongestValue);
  std::istream stream(&characters);
  Json::sax_parse(stream, &reader);
  return reader.take();
}

}  // namespace rimfs::extents
