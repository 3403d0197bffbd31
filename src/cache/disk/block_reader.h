// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>

#include "base/directory.h"
#include "base/units.h"

namespace rimfs::cache::disk {

/// Reads a data file past the page cache: what is read comes into the memory cache and the kernel's pages of the
/// mounted file, so a third copy would cost as much again and push out pages of other programs. A file system that does
/// not know O_DIRECT, or wants other places than pages, is read through the page cache, whose pages are dropped. Any
/// thread. Throws Error{system}.
class BlockReader {
 public:
  /// `file`: `name` in `directory`, open for reading; outlives the reader.
  BlockReader(const Directory& directory, const std::string& name, const File& file);

  /// False when the file ends before. What lies between the end of `bytes` and the next page's begin is overwritten.
  bool read(std::span<std::byte> bytes, Offset at) const;

 private:
  bool read_direct(std::span<std::byte> bytes, Offset at) const;

  const File& file_;
  std::optional<File> direct_;
  mutable std::atomic<bool> refused_{false};
};

/// Memory that begins with a page, for BlockReader. Throws std::bad_alloc.
struct FreeMemory {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using PageMemory = std::unique_ptr<std::byte[], FreeMemory>;
PageMemory page_memory(ByteCount size);

}  // namespace rimfs::cache::disk
