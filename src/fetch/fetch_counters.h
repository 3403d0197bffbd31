// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace rimfs::fetch {

/// Numbers that say what the fetcher did. Any thread.
struct FetchCounters {
  std::atomic<std::uint64_t> requests{0};      ///< Ranges that were delivered,
  std::atomic<std::uint64_t> bytes{0};         ///< and the bytes that came.
  std::atomic<std::uint64_t> failures{0};      ///< Attempts that failed and were repeated or given up.
  std::atomic<std::uint64_t> disk_chunks{0};   ///< Chunks that came from the disk cache.
  std::atomic<std::uint64_t> active{0};        ///< Requests under way now.
  std::atomic<std::uint64_t> filling{0};       ///< Images that are being filled in the background.
  std::atomic<std::uint64_t> hedges{0};        ///< Second requests for what stalled,
  std::atomic<std::uint64_t> hedges_won{0};    ///< those of them that were faster,
  std::atomic<std::uint64_t> hedged_bytes{0};  ///< and the bytes that came twice.
};

}  // namespace rimfs::fetch
