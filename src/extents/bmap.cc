// SPDX-License-Identifier: MIT
// Reads and writes bmap files, versions 1.0 to 2.0, as specified by the comments in such files and by bmap-tools'
// BmapCreate.py and BmapCopy.py. Blocks that are not listed hold no data; in a sparse file they read as zeros. The
// checksum of the file is computed with zeros ("0") in the place of the checksum.
#include <fmt/format.h>
#include <libxml/xmlreader.h>

#include <climits>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "base/xml_guard.h"
#include "extents/digest.h"
#include "extents/image_map.h"

namespace rimfs::extents {
namespace {

constexpr ByteCount kLargestBlock = 1_GiB;
constexpr ByteCount kWrittenBlock = 4_KiB;

std::uint64_t number_of(std::string_view text, std::string_view what) {
  const std::string_view digits = trimmed(text);
  std::uint64_t value = 0;
  bool good = !digits.empty();
  for (const char c : digits) {
    good = good && c >= '0' && c <= '9' && value <= (kLargestImage - static_cast<std::uint64_t>(c - '0')) / 10;
    if (good) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (!good) throw bad_map(fmt::format("invalid {}: not a number of bytes or blocks", what));
  return value;
}

std::string take(xmlChar* text) {
  if (!text) return {};
  std::string copy(reinterpret_cast<const char*>(text));
  xmlFree(text);
  return copy;
}

/// Iterates over the elements of a document without keeping it in memory. Defines no entities and loads no external
/// files.
class Elements {
 public:
  explicit Elements(std::string_view xml) : reader_(open(xml)) {
    if (!reader_) throw bad_map("libxml2 cannot read it");
  }

  /// Moves to the beginning of the next element; returns false at the end of the document.
  bool next() {
    for (;;) {
      const int found = xmlTextReaderRead(reader_.get());
      if (found == 0) return false;
      if (found < 0)
        throw bad_map(fmt::format("invalid XML in line {}", xmlTextReaderGetParserLineNumber(reader_.get())));
      const int type = xmlTextReaderNodeType(reader_.get());
      if (type == XML_READER_TYPE_DOCUMENT_TYPE) throw bad_map("it holds a document type");
      if (type == XML_READER_TYPE_ELEMENT) return true;
    }
  }
  /// The depth of the current element; 0 for the root.
  int depth() const { return xmlTextReaderDepth(reader_.get()); }
  std::string_view name() const {
    const xmlChar* text = xmlTextReaderConstLocalName(reader_.get());
    return text ? reinterpret_cast<const char*>(text) : "";
  }
  std::string text() const { return take(xmlTextReaderReadString(reader_.get())); }
  std::string attribute(const char* name) const {
    return take(xmlTextReaderGetAttribute(reader_.get(), reinterpret_cast<const xmlChar*>(name)));
  }

 private:
  struct Free {
    void operator()(xmlTextReader* reader) const { xmlFreeTextReader(reader); }
  };
  using Reader = std::unique_ptr<xmlTextReader, Free>;

  static Reader open(std::string_view xml) {
    constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    if (xml.size() > INT_MAX) return nullptr;
    return Reader(xmlReaderForMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, kOptions));
  }

  Reader reader_;
};

/// Processes the elements of a bmap file in order.
class BmapReader {
 public:
  ImageMap read(std::string_view xml) {
    XmlGuard().check(xml);
    Elements elements(xml);
    if (!elements.next() || elements.name() != "bmap") throw bad_map("it is XML, but no bmap file");
    take_version(elements.attribute("version"));
    while (elements.next()) {
      if (elements.depth() == 1) take_field(elements);
      if (elements.depth() == 2 && in_map_ && elements.name() == "Range") take_range(elements);
    }
    if (!in_map_) throw bad_map("it holds no BlockMap");
    check_file_sum(xml);
    end_map();
    return std::move(map_);
  }

 private:
  void take_version(std::string_view version) {
    const std::size_t dot = std::min(version.find('.'), version.size());
    major_ = number_of(version.substr(0, dot), "its version");
    minor_ = dot < version.size() ? number_of(version.substr(dot + 1), "its version") : 0;
    if (major_ < 1 || major_ > 2) throw bad_map(fmt::format("its version is {}; 1 and 2 are known", major_));
    // Version 1.4 was released by mistake and equals 2.0. Version 1.3 introduced checksums.
    if (major_ == 1 && minor_ == 3) map_.algorithm = "sha1";
  }
  bool has_sums() const { return major_ > 1 || minor_ >= 3; }
  bool names_algorithm() const { return major_ > 1 || minor_ >= 4; }

  void take_field(const Elements& elements) {
    if (in_map_ && elements.name() != "BlockMap") in_map_after_ = true;
    if (elements.name() == "ImageSize") image_size_ = number_of(elements.text(), "ImageSize");
    if (elements.name() == "BlockSize") block_size_ = number_of(elements.text(), "BlockSize");
    if (elements.name() == "BlocksCount") blocks_ = number_of(elements.text(), "BlocksCount");
    if (elements.name() == "MappedBlocksCount") mapped_ = number_of(elements.text(), "MappedBlocksCount");
    if (elements.name() == "ChecksumType" && names_algorithm()) map_.algorithm = trimmed(elements.text());
    if (elements.name() == "BmapFileChecksum" || elements.name() == "BmapFileSHA1") {
      file_sum_ = trimmed(elements.text());
    }
    if (elements.name() == "BlockMap") begin_map();
  }

  /// In every version the fields precede the map. The reader requires this order, so that it can check the map while
  /// reading.
  void begin_map() {
    if (in_map_) throw bad_map("it holds two BlockMaps");
    in_map_ = true;
    if (!image_size_ || !block_size_ || !blocks_ || !mapped_) {
      throw bad_map("ImageSize, BlockSize, BlocksCount or MappedBlocksCount is missing before BlockMap");
    }
    if (*block_size_ == 0 || *block_size_ > kLargestBlock.value) throw bad_map("its BlockSize is out of bounds");
    const std::uint64_t whole = *image_size_ / *block_size_;
    if (*blocks_ != whole + (*image_size_ % *block_size_ != 0 ? 1 : 0)) {
      throw bad_map(fmt::format("{} blocks of {} bytes do not make up {} bytes", *blocks_, *block_size_, *image_size_));
    }
    map_.size = ByteCount{*image_size_};
    if (has_sums() && !Digest::of(map_.algorithm)) throw bad_map("its ChecksumType is not known here");
  }

  /// Parses "first-last", both included, or one number.
  void take_range(const Elements& elements) {
    const std::string text = elements.text();
    const std::size_t dash = text.find('-');
    const std::uint64_t first = number_of(std::string_view(text).substr(0, dash), "Range");
    const std::uint64_t last =
        dash == std::string::npos ? first : number_of(std::string_view(text).substr(dash + 1), "Range");
    if (first > last || last >= *blocks_ || first < next_block_) {
      throw bad_map(fmt::format("the Range {}-{} is out of order or reaches beyond {} blocks", first, last, *blocks_));
    }
    add_zeros(next_block_, first);
    listed_ += last - first + 1;
    next_block_ = last + 1;
    const std::string sum = has_sums() ? elements.attribute(names_algorithm() ? "chksum" : "sha1") : std::string();
    if (!sum.empty()) map_.sums.push_back({bytes_of(first, last + 1), sum});
  }

  ByteRange bytes_of(std::uint64_t first, std::uint64_t end) const {
    return {Offset{first * *block_size_}, Offset{end == *blocks_ ? *image_size_ : end * *block_size_}};
  }
  void add_zeros(std::uint64_t first, std::uint64_t end) {
    if (first < end) map_.zeros.push_back(bytes_of(first, end));
  }

  void end_map() {
    if (in_map_after_) throw bad_map("elements follow its BlockMap");
    add_zeros(next_block_, *blocks_);
    if (listed_ != *mapped_) throw bad_map(fmt::format("it lists {} blocks and says {}", listed_, *mapped_));
  }

  void check_file_sum(std::string_view xml) const {
    if (!has_sums()) return;
    std::optional<Digest> digest = Digest::of(map_.algorithm);
    const std::size_t at = file_sum_.empty() ? std::string_view::npos : xml.find(file_sum_);
    if (at == std::string_view::npos || file_sum_.size() != digest->digits()) throw bad_map("its checksum is missing");
    digest->add(xml.substr(0, at));
    digest->add(std::string(file_sum_.size(), '0'));
    digest->add(xml.substr(at + file_sum_.size()));
    if (digest->hex() != file_sum_) throw bad_map("its checksum is wrong: it is damaged, or was changed by hand");
  }

  ImageMap map_;
  std::uint64_t major_ = 0;
  std::uint64_t minor_ = 0;
  std::optional<std::uint64_t> image_size_, block_size_, blocks_, mapped_;
  std::string file_sum_;
  std::uint64_t next_block_ = 0;  // the block after the last Range
  std::uint64_t listed_ = 0;
  bool in_map_ = false;
  bool in_map_after_ = false;
};

/// The blocks that are not entirely zero, as "first-last".
struct Mapped {
  std::string ranges;
  std::uint64_t count = 0;

  void add(std::uint64_t first, std::uint64_t end) {
    if (first >= end) return;
    count += end - first;
    if (end - first == 1) {
      ranges += fmt::format("    <Range>{}</Range>\n", first);
    } else {
      ranges += fmt::format("    <Range>{}-{}</Range>\n", first, end - 1);
    }
  }
};

}  // namespace

ImageMap read_bmap(std::string_view xml) { return BmapReader().read(xml); }

std::string write_bmap(ByteCount size, const std::vector<ByteRange>& zeros) {
  const std::uint64_t blocks = align_up(size, kWrittenBlock).value / kWrittenBlock.value;
  Mapped mapped;
  std::uint64_t next = 0;
  for (const ByteRange& zero : zeros) {
    const std::uint64_t first = align_up(zero.begin, kWrittenBlock).value / kWrittenBlock.value;
    const std::uint64_t end = zero.end.value == size.value ? blocks : zero.end.value / kWrittenBlock.value;
    if (first >= end) continue;
    mapped.add(next, first);
    next = end;
  }
  mapped.add(next, blocks);

  std::optional<Digest> digest = Digest::of("sha256");
  if (!digest) throw Error(ErrorKind::system, "libcrypto does not support SHA-256");
  const std::string before = fmt::format(
      "<?xml version=\"1.0\" ?>\n"
      "<bmap version=\"2.0\">\n"
      "  <ImageSize>{}</ImageSize>\n  <BlockSize>{}</BlockSize>\n  <BlocksCount>{}</BlocksCount>\n"
      "  <MappedBlocksCount>{}</MappedBlocksCount>\n  <ChecksumType>sha256</ChecksumType>\n  <BmapFileChecksum>",
      size.value, kWrittenBlock.value, blocks, mapped.count);
  const std::string after = "</BmapFileChecksum>\n  <BlockMap>\n" + mapped.ranges + "  </BlockMap>\n</bmap>\n";
  digest->add(before);
  digest->add(std::string(digest->digits(), '0'));
  digest->add(after);
  return before + digest->hex() + after;
}

}  // namespace rimfs::extents
