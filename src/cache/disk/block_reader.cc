// SPDX-License-Identifier: MIT
#include "cache/disk/block_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <new>

#include "cache/disk/write_windows.h"

namespace rimfs::cache::disk {
namespace {

/// Returns nothing when the file system does not support O_DIRECT, or when the name now belongs to another file.
std::optional<File> open_direct(const Directory& directory, const std::string& name, const File& same) {
  try {
    std::optional<File> direct = directory.find(name, Directory::Access::read_direct);
    if (direct && direct->is_same_as(same)) return direct;
  } catch (const Error&) {
    // Reads then use the page cache.
  }
  return std::nullopt;
}

}  // namespace

BlockReader::BlockReader(const Directory& directory, const std::string& name, const File& file)
    : file_(file), direct_(open_direct(directory, name, file)) {
  // Whole blocks are read; kernel readahead beyond them would only fill the page cache.
  ::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_RANDOM);
}

bool BlockReader::read(std::span<std::byte> bytes, Offset at) const {
  if (read_direct(bytes, at)) return true;
  const bool whole = file_.read(bytes, at);  // throws the error, if there is one
  forget_pages(file_, range_of(at, ByteCount{bytes.size()}));
  return whole;
}

/// Returns false when it did not read all bytes, for any reason.
bool BlockReader::read_direct(std::span<std::byte> bytes, Offset at) const {
  const auto address = std::bit_cast<std::uintptr_t>(bytes.data());
  if (!direct_ || refused_.load(std::memory_order_relaxed)) return false;
  if (address % kPage.value != 0 || at.value % kPage.value != 0) return false;
  const ByteCount pages = align_up(ByteCount{bytes.size()}, kPage);
  const ssize_t n = ::pread(direct_->descriptor(), bytes.data(), pages.value, static_cast<off_t>(at.value));
  if (n < 0 && errno == EINVAL) refused_.store(true, std::memory_order_relaxed);
  return n >= 0 && static_cast<std::size_t>(n) >= bytes.size();
}

PageMemory page_memory(ByteCount size) {
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kPage.value, align_up(size, kPage).value));
  if (!memory) throw std::bad_alloc();
  return PageMemory(memory);
}

}  // namespace rimfs::cache::disk
