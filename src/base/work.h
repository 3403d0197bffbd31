// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace rimfs {

namespace detail {
inline thread_local std::uint64_t work_done = 0;
}

/// Counts items (entries of a listing, ranges of a map) that this thread has processed. Loops over data of unbounded
/// size call it, so that the event loop can report the largest step and tests can check a bound on work instead of
/// time.
inline void count_work(std::size_t items) { detail::work_done += items; }

/// The number of items that this thread has counted since it began.
inline std::uint64_t work_done() { return detail::work_done; }

}  // namespace rimfs
