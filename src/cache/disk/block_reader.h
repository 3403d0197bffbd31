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

/// Reads a data file without the page cache. The bytes are kept in the memory cache and in the kernel's pages of the
/// mounted file; a third copy would cost the same again and displace pages of other programs. If the file system does
/// not support O_DIRECT, or requires a different alignment than pages, reads use the page cache and then drop the
/// pages. Any thread. Throws Error{system}.
class BlockReader {
 public:
  /// `file` is `name` in `directory`, open for reading; it outlives the reader.
  BlockReader(const Directory& directory, const std::string& name, const File& file);

  /// Returns false when the file ends first. The bytes between the end of `bytes` and the next page boundary are
  /// overwritten.
  bool read(std::span<std::byte> bytes, Offset at) const;

 private:
  bool read_direct(std::span<std::byte> bytes, Offset at) const;

  const File& file_;
  std::optional<File> direct_;
  mutable std::atomic<bool> refused_{false};
};

/// Page-aligned memory for BlockReader. Throws std::bad_alloc.
struct FreeMemory {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using PageMemory = std::unique_ptr<std::byte[], FreeMemory>;
PageMemory page_memory(ByteCount size);

}  // namespace rimfs::cache::disk
