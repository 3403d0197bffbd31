// SPDX-License-Identifier: MIT
#include "archives/frame_list.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "base/error.h"
#include "base/quantity_text.h"
#include "base/work.h"

namespace rimfs::archives {

namespace {

/// What the kernel takes as the size of a file.
constexpr std::uint64_t kLargestFile = std::numeric_limits<std::int64_t>::max();

Error too_large(const FrameTable& table, ByteCount largest) {
  const char* piece = table.compression == Compression::xz ? "block" : "frame";
  const std::string pieces = table.frames.size() == 1 ? fmt::format("one {} of {}", piece, show_mebibytes(largest))
                                                      : fmt::format("{}s of up to {}", piece, show_mebibytes(largest));
  return Error(ErrorKind::unsupported, fmt::format("its data is compressed in {}, and can be read only in whole {}s of "
                                                   "at most {}; compress it with xz --block-size=16MiB",
                                                   pieces, piece, show_mebibytes(kLargestFrame)));
}

}  // namespace

void FrameList::add(ByteRange stored, ByteCount content, std::uint32_t check, bool has_check) {
  count_work(1);
  if (content.is_zero()) return;
  const Offset begin{table_.size().value};
  const bool fits = content.value <= kLargestFile - begin.value;
  if (stored.empty() || !fits || (content <= kLargestFrame && stored.size() > kLargestStored)) {
    throw Error(ErrorKind::corrupt, "the file is damaged: the sizes in its index contradict each other");
  }
  if (table_.frames.size() >= kMostFrames) {
    throw Error(ErrorKind::unsupported,
                fmt::format("its data is compressed in more than {} pieces; compress it with xz --block-size=16MiB",
                            kMostFrames));
  }
  largest_ = std::max(largest_, content);
  table_.frames.push_back({stored, range_of(begin, content), check, has_check});
}

FrameTable FrameList::finish() {
  if (largest_ > kLargestFrame) throw too_large(table_, largest_);
  return std::exchange(table_, FrameTable{table_.compression, {}});
}

}  // namespace rimfs::archives
