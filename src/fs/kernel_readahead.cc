// SPDX-License-Identifier: MIT
#include "fs/kernel_readahead.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace rimfs::fs {
namespace {

// mountinfo writes space, tab, newline and backslash as three octal digits after a backslash.
std::string unescape(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

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

std::optional<std::string> mounted_device(std::string_view mountinfo, std::string_view mountpoint) {
  // 36 35 98:0 /root /mountpoint options ... ; of several at one place, the last line is the topmost.
  std::optional<std::string> device;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id, parent, numbers, root, place;
    if (words >> id >> parent >> numbers >> root >> place && unescape(place) == mountpoint) device = numbers;
  }
  return device;
}

KernelReadahead raise_kernel_readahead(const std::string& mountpoint, unsigned wanted_kib) {
  // /proc is read, not stat(): a stat of the mount would be a request to ourselves.
  std::ifstream file("/proc/self/mountinfo");
  const std::string mountinfo{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto device = mounted_device(mountinfo, mountpoint);
  if (!device) return {0, fmt::format("{} is not in /proc/self/mountinfo", mountpoint)};

  const std::string path = fmt::format("/sys/class/bdi/{}/read_ahead_kb", *device);
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
