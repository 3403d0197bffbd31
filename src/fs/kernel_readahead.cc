// SPDX-License-Identifier: MIT
#include "fs/kernel_readahead.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/small_file.h"
#include "fs/mount_table.h"

namespace rimfs::fs {
namespace {

std::optional<unsigned> read_number(const std::string& path) {
  std::ifstream file(path);
  unsigned number = 0;
  if (file >> number) return number;
  return std::nullopt;
}

bool write_number(const std::string& path, unsigned number) {
  std::ofstream file(path);
  file << number << '\n' << std::flush;
  return file.good();
}

}  // namespace

KernelReadahead raise_kernel_readahead(const std::string& mountpoint, unsigned wanted_kib) {
  // Reads /proc instead of using stat(): a stat of the mount would be a request to this process.
  const std::string mountinfo = read_small_file("/proc/self/mountinfo").value_or("");
  const std::optional<MountEntry> mount = find_mount(parse_mount_table(mountinfo), mountpoint);
  if (!mount) return {0, fmt::format("{} is not in /proc/self/mountinfo", mountpoint)};

  const std::string path = fmt::format("/sys/class/bdi/{}/read_ahead_kb", mount->device);
  const auto before = read_number(path);
  if (!before) return {0, fmt::format("{} cannot be read", path)};
  if (*before >= wanted_kib) return {*before, {}};
  errno = 0;
  if (!write_number(path, wanted_kib)) {
    return {*before, fmt::format("{} cannot be written: {}", path, std::strerror(errno))};
  }
  return {read_number(path).value_or(wanted_kib), {}};
}

}  // namespace rimfs::fs
