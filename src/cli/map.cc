// SPDX-License-Identifier: MIT
// rimfs map: the known extents of a mounted file, from SEEK_DATA and SEEK_HOLE, which cause no traffic.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/byte_range.h"
#include "base/descriptor.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/guest_map.h"
#include "cli/output.h"
#include "config/value.h"
#include "extents/image_map.h"

namespace rimfs::cli {
namespace {

constexpr std::string_view kText =
    R"(Shows which ranges of a mounted file are known to be zero, and which are data or not known yet.
Asks the mount only. With --guest: where in a qcow2 or sparse VMDK file the guest's data is, and
where the guest sees it. That reads the file's tables; --json prints offset, length, guest-offset,
guest-length and compressed. What is not listed is zero, or comes from the file's parent: the
backing file of a qcow2, the disk below a snapshot (X-delta.vmdk, X-sesparse.vmdk).
)";

struct Extent {
  ByteRange range;
  bool zero;
};

/// An open file. Owns its descriptor.
class OpenFile {
 public:
  explicit OpenFile(const std::string& name) : name_(name), descriptor_(::open(name.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!descriptor_.is_open()) throw system_error("opening " + name, errno);
  }

  Offset end() const {
    struct stat found {};
    if (::fstat(descriptor_.get(), &found) != 0) throw system_error("looking at " + name_, errno);
    return {static_cast<std::uint64_t>(found.st_size)};
  }
  /// The next data or hole, or the end of the file.
  Offset seek(Offset from, int whence) const {
    const off_t at = ::lseek(descriptor_.get(), static_cast<off_t>(from.value), whence);
    if (at < 0 && errno == ENXIO) return end();
    if (at < 0) throw system_error("seeking in " + name_, errno);
    return {static_cast<std::uint64_t>(at)};
  }

 private:
  const std::string name_;
  const Descriptor descriptor_;
};

std::vector<Extent> extents_of(const OpenFile& file) {
  std::vector<Extent> extents;
  const Offset end = file.end();
  for (Offset at{}; at < end;) {
    const Offset data = file.seek(at, SEEK_DATA);
    if (data > at) extents.push_back({{at, data}, true});
    if (data >= end) break;
    at = file.seek(data, SEEK_HOLE);
    extents.push_back({{data, at}, false});
  }
  return extents;
}

void print_for_people(const std::vector<Extent>& extents) {
  print("{:>20} {:>20}\n", "offset", "length");
  for (const Extent& one : extents) {
    print("{:>20} {:>20} {}\n", one.range.begin.value, one.range.size().value, one.zero ? "zero" : "data or not known");
  }
}

void print_json(const std::vector<Extent>& extents) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Extent& one : extents) {
    list.push_back({{"start", one.range.begin.value},
                    {"length", one.range.size().value},
                    {"depth", 0},
                    {"present", true},
                    {"zero", one.zero},
                    {"data", !one.zero},
                    {"offset", one.range.begin.value}});
  }
  print("{}\n", list.dump());
}

void print_bmap(const std::vector<Extent>& extents, ByteCount size) {
  std::vector<ByteRange> zeros;
  for (const Extent& one : extents) {
    if (one.zero) zeros.push_back(one.range);
  }
  print(extents::write_bmap(size, zeros));
}

}  // namespace

void MapOptions::declare(Syntax& syntax) {
  syntax.text = kText;
  syntax.flag("json", "in the form of qemu-img map --output=json", json);
  syntax.flag("bmap", "as a bmap file for bmaptool, without the ranges known to be zero", bmap);
  syntax.flag("guest", "the map of the guest's disk instead", guest);
  syntax.argument("FILE", file);
  syntax.exclusive({"json", "bmap"});
  syntax.exclusive({"guest", "bmap"});
  syntax.check([this] { config::check_is_path({file, {}}); });
}

int map_command(const MapOptions& options) {
  if (options.guest) return guest_map_command(options);
  const OpenFile file(options.file);
  const std::vector<Extent> extents = extents_of(file);
  if (options.json) {
    print_json(extents);
  } else if (options.bmap) {
    print_bmap(extents, file.end() - Offset{});
  } else {
    print_for_people(extents);
  }
  return kSuccess;
}

}  // namespace rimfs::cli
