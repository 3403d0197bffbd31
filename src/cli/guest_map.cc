// SPDX-License-Identifier: MIT
// rimfs map --guest: walks the tables of an image file, and prints where in it the guest's data is. Prints extents as
// they are found, because a large disk has millions of them.
#include "cli/guest_map.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <functional>
#include <optional>
#include <variant>

#include "base/error.h"
#include "base/file.h"
#include "cli/output.h"
#include "formats/qcow2.h"
#include "formats/se_sparse.h"
#include "formats/vmdk.h"

namespace rimfs::cli {
namespace {

using formats::GuestExtent;

constexpr std::size_t kHeaderSize = 4096;
/// First-level tables and directories are read in pieces of this size: an image may declare a table of any size.
constexpr std::uint64_t kPiece = 1 << 20;

/// An image file on this machine or in a mount.
class ImageFile {
 public:
  explicit ImageFile(const std::string& name) : file_(File::for_reading(name)), size_(file_.size()) {}

  const std::string& name() const { return file_.path(); }
  ByteCount size() const { return size_; }

  /// Reads `count` bytes, fewer where the file ends.
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t count) const {
    const std::uint64_t begin = std::min(offset, size_.value);
    std::vector<std::byte> bytes(std::min(count, size_.value - begin));
    if (!file_.read(bytes, Offset{begin})) throw Error(ErrorKind::changed, name() + ": became shorter");
    return bytes;
  }

 private:
  const File file_;
  const ByteCount size_;
};

/// Joins adjacent extents and writes them. finish() writes the last one.
class Writer {
 public:
  Writer(ByteCount file_size, bool json) : file_{Offset{0}, Offset{file_size.value}}, json_(json) {
    if (json_) {
      print("[");
    } else {
      print("{:>20} {:>20} {:>20} {:>20}\n", "file offset", "length", "guest offset", "guest length");
    }
  }

  void add(GuestExtent extent) {
    const ByteRange inside = extent.in_file.intersect(file_);  // a table may point beyond the end of the file
    if (inside.empty()) return;
    if (!extent.compressed) extent.guest_size = inside.size();
    extent.in_file = inside;
    const bool joins = last_ && !last_->compressed && !extent.compressed && last_->in_file.end == inside.begin &&
                       last_->guest + last_->guest_size == extent.guest;
    if (joins) {
      last_->in_file.end = inside.end;
      last_->guest_size += extent.guest_size;
    } else {
      write_last();
      last_ = extent;
    }
  }

  void finish() {
    write_last();
    if (json_) print("]\n");
  }

 private:
  void write_last() {
    if (!last_) return;
    const std::uint64_t begin = last_->in_file.begin.value;
    const std::uint64_t size = last_->in_file.size().value;
    if (json_) {
      print(R"({}{{"offset":{},"length":{},"guest-offset":{},"guest-length":{},"compressed":{}}})", first_ ? "" : ",\n",
            begin, size, last_->guest.value, last_->guest_size.value, last_->compressed);
    } else {
      print("{:>20} {:>20} {:>20} {:>20}{}\n", begin, size, last_->guest.value, last_->guest_size.value,
            last_->compressed ? " compressed" : "");
    }
    first_ = false;
  }

  const ByteRange file_;
  const bool json_;
  bool first_ = true;
  std::optional<GuestExtent> last_;
};

/// Reads a table of `count` entries of `each` bytes in pieces. Calls `use` with the bytes and the number of each entry.
void each_entry(const ImageFile& file, std::uint64_t offset, std::uint64_t count, std::uint64_t each,
                const std::function<void(formats::Bytes, std::uint64_t)>& use) {
  for (std::uint64_t begin = 0; begin < count; begin += kPiece / each) {
    const std::uint64_t here = std::min(count - begin, kPiece / each);
    const std::vector<std::byte> bytes = file.read(formats::plus(offset, begin * each), here * each);
    for (std::uint64_t i = 0; (i + 1) * each <= bytes.size(); ++i) {
      use(formats::Bytes(bytes).subspan(i * each, each), begin + i);
    }
    if (bytes.size() < here * each) return;  // the rest lies beyond the end of the file
  }
}

void walk_tables(const ImageFile& file, const formats::Qcow2Header& header, Writer& writer) {
  each_entry(file, header.l1_offset, header.l1_entries, 8, [&](formats::Bytes entry, std::uint64_t number) {
    const std::uint64_t table = formats::qcow2_table_offset(formats::big_endian<std::uint64_t>(entry, 0));
    if (table == 0) return;
    const std::vector<std::byte> bytes = file.read(table, header.cluster_size());
    const std::uint64_t guest = formats::times(number, header.table_reach());
    for (const GuestExtent& one : formats::qcow2_extents(header, bytes, guest)) writer.add(one);
  });
}

void walk_tables(const ImageFile& file, const formats::VmdkHeader& header, Writer& writer) {
  const std::uint64_t directory = formats::times(header.directory, 512);
  each_entry(file, directory, header.tables, 4, [&](formats::Bytes entry, std::uint64_t number) {
    const auto sector = formats::little_endian<std::uint32_t>(entry, 0);
    if (!header.is_sector(sector)) return;
    const std::vector<std::byte> bytes = file.read(std::uint64_t{sector} * 512, header.table_size());
    const std::uint64_t guest = formats::times(number, header.table_reach());
    for (const GuestExtent& one : formats::vmdk_extents(header, bytes, guest, sector, file.size())) writer.add(one);
  });
}

void walk_tables(const ImageFile& file, const formats::SeSparseHeader& header, Writer& writer) {
  using formats::SeSparseHeader;
  const std::uint64_t directory = formats::times(header.directory, SeSparseHeader::kSector);
  each_entry(file, directory, header.tables(), 8, [&](formats::Bytes entry, std::uint64_t number) {
    const std::uint64_t table =
        formats::se_sparse_table_offset(header, formats::little_endian<std::uint64_t>(entry, 0));
    if (table == 0) return;
    const std::vector<std::byte> bytes = file.read(table, SeSparseHeader::kTableSize);
    const std::uint64_t guest = formats::times(number, SeSparseHeader::kTableReach);
    for (const GuestExtent& one : formats::se_sparse_extents(header, bytes, guest)) writer.add(one);
  });
}

/// The header that has the directory's offset. In a stream it is the footer.
std::optional<formats::VmdkHeader> vmdk_header(const ImageFile& file, formats::Bytes first) {
  const auto header = formats::VmdkHeader::parse(first);
  if (!header || header->directory != formats::VmdkHeader::kAtEnd) return header;
  const auto footer = formats::VmdkHeader::parse(file.read(formats::vmdk_footer_offset(file.size()), 512));
  if (!footer || footer->directory == formats::VmdkHeader::kAtEnd) {
    throw Error(ErrorKind::corrupt, file.name() + ": the stream's footer is missing");
  }
  return footer;
}

void check_is_clean(const ImageFile& file, const formats::SeSparseHeader& header) {
  using formats::SeSparseHeader;
  const std::uint64_t offset = formats::times(header.volatile_header, SeSparseHeader::kSector);
  if (formats::se_sparse_is_clean(file.read(offset, SeSparseHeader::kSector))) return;
  const std::string what = ": its tables are not up to date: the journal was not replayed";
  const std::string remedy = "; power the machine off, or take a snapshot, and map the file again";
  throw Error(ErrorKind::unsupported, file.name() + what + remedy);
}

using Header = std::variant<formats::Qcow2Header, formats::VmdkHeader, formats::SeSparseHeader>;

/// Recognises the format. Throws Error when the file has none that has a map.
Header header_of(const ImageFile& file) {
  const std::vector<std::byte> first = file.read(0, kHeaderSize);
  if (const auto qcow2 = formats::Qcow2Header::parse(first)) {
    if (qcow2->data_file) throw Error(ErrorKind::unsupported, file.name() + ": its data is in another file");
    return *qcow2;
  }
  if (const auto vmdk = vmdk_header(file, first)) return *vmdk;
  if (const auto se_sparse = formats::SeSparseHeader::parse(first)) {
    check_is_clean(file, *se_sparse);
    return *se_sparse;
  }
  if (formats::is_vmdk_descriptor(first)) {
    throw Error(ErrorKind::unsupported,
                file.name() + ": is a descriptor, which has no tables; map the sparse files that it lists");
  }
  throw Error(ErrorKind::unsupported, file.name() + " is neither a qcow2 nor a sparse VMDK");
}

void walk(const ImageFile& file, bool json) {
  const Header header = header_of(file);
  Writer writer(file.size(), json);
  std::visit([&](const auto& one) { walk_tables(file, one, writer); }, header);
  writer.finish();
}

}  // namespace

int guest_map_command(const MapOptions& options) {
  walk(ImageFile(options.file), options.json);
  return kSuccess;
}

}  // namespace rimfs::cli
