// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "catalog/entry.h"

namespace rimfs::catalog {

/// How much of one folder is taken. A million files with long names fit twice; who lists more is not answered with all
/// of our memory. A server chooses how long a link is, and each key repeats the folder's address, so the bytes are
/// limited, too.
struct ListingLimits {
  std::size_t entries = 2'000'000;
  ByteCount bytes = 512_MiB;  ///< Of all names and keys.
};

/// Gathers the entries of one folder within limits. add() throws Error{corrupt} that names the limit. One thread.
class EntryList {
 public:
  explicit EntryList(ListingLimits limits = {}) : limits_(limits) {}

  void add(Entry entry);
  /// The entries in the order of their addition; the list is empty afterwards.
  Entries take() { return std::move(entries_); }
  bool empty() const { return entries_.empty(); }

 private:
  const ListingLimits limits_;
  Entries entries_;
  ByteCount bytes_;
};

}  // namespace rimfs::catalog
