// SPDX-License-Identifier: MIT
// rimfs map: what a mounted file is known to hold, asked with SEEK_DATA and SEEK_HOLE, which cost no traffic.
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

constexpr const char* kHelp = R"(Usage: rimfs map [--json | --bmap] FILE
       rimfs map --guest [--json] FILE

Tells which stretches of a mounted file are known to be zero and which are data or not known yet. Asks the mount only.
  --json   as qemu-img map --output=json does
  --bmap   as a bmap file for bmaptool; what is known to be zero is not in it
  --guest  instead: where in a qcow2 or sparse VMDK file the guest's data is, and where the guest sees it. Reads the
           file's tables. --json gives a list of offset, length, guest-offset, guest-length and compressed
)";

struct Stretch {
  ByteRange range;
  bool zero;
};

/// Owns the file.
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
  /// The next data or hole, the end when there is none.
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

std::vector<Stretch> stretches_of(const OpenFile& file) {
  std::vector<Stretch> stretches;
  const Offset end = file.end();
  for (Offset at{}; at < end;) {
    const Offset data = file.seek(at, SEEK_DATA);
    if (data > at) stretches.push_back({{at, data}, true});
    if (data >= end) break;
    at = file.seek(data, SEEK_HOLE);
    stretches.push_back({{data, at}, false});
  }
  return stretches;
}

void print_for_people(const std::vector<Stretch>& stretches) {
  print("{:>20} {:>20}\n", "offset", "length");
  for (const Stretch& one : stretches) {
    print("{:>20} {:>20} {}\n", one.range.begin.value, one.range.size().value, one.zero ? "zero" : "data or not known");
  }
}

void print_json(const std::vector<Stretch>& stretches) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Stretch& one : stretches) {
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

void print_bmap(const std::vector<Stretch>& stretches, ByteCount size) {
  std::vector<ByteRange> zeros;
  for (const Stretch& one : stretches) {
    if (one.zero) zeros.push_back(one.range);
  }
  print(extents::write_bmap(size, zeros));
}

}  // namespace

int map_command(const std::vector<std::string>& arguments) {
  bool json = false;
  bool bmap = false;
  std::vector<std::string> files;
  for (const std::string& word : arguments) {
    if (word == "--help" || word == "-h") {
      print(kHelp);
      return kSuccess;
    }
    if (word == "--guest") return guest_map_command(arguments);
    if (word == "--json") {
      json = true;
    } else if (word == "--bmap") {
      bmap = true;
    } else if (word.starts_with("-") && word.size() > 1) {
      throw Error(ErrorKind::misuse,
                  config::in_quotes(config::option_name(word)) + " is no option; see rimfs map --help");
    } else {
      files.push_back(word);
    }
  }
  if (files.size() != 1) throw Error(ErrorKind::misuse, "rimfs map takes one file; see rimfs map --help");
  if (json && bmap) throw Error(ErrorKind::misuse, "--json and --bmap exclude one another; see rimfs map --help");
  config::check_is_path({files.front(), {}});
  const OpenFile file(files.front());
  const std::vector<Stretch> stretches = stretches_of(file);
  if (json) {
    print_json(stretches);
  } else if (bmap) {
    print_bmap(stretches, file.end() - Offset{});
  } else {
    print_for_people(stretches);
  }
  return kSuccess;
}

}  // namespace rimfs::cli
