// SPDX-License-Identifier: MIT
// Any text as a trace's file: as it is, and with a sum that is right so that the rest is looked at; and any bytes as
// reads. Checks that a trace stays within its limits and survives being written, and that its replay does so, too.
#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "fuzz.h"
#include "traces/recording.h"
#include "traces/replay.h"
#include "traces/trace_text.h"

namespace {

using namespace rimfs;
using namespace rimfs::traces;
using fuzz::require;

constexpr std::string_view kKey = "key";

std::optional<AccessTrace> read(std::string_view text) {
  return fuzz::accepted(ErrorKind::corrupt, [&] { return read_trace(text, kKey); });
}

/// The bytes as reads of an image of 1 GiB: a place (4 KiB units, 4 bytes) and a size (the same, 1 byte) each.
std::vector<ByteRange> reads_of(std::string_view bytes) {
  std::vector<ByteRange> reads;
  for (; bytes.size() >= 5; bytes.remove_prefix(5)) {
    std::uint32_t place = 0;
    std::memcpy(&place, bytes.data(), sizeof place);
    const std::uint64_t size = static_cast<unsigned char>(bytes[4]) + 1ULL;
    reads.push_back(range_of(Offset{place % 262144ULL * 4096}, 4_KiB * size));
  }
  return reads;
}

void check_replay(const AccessTrace& trace, const std::vector<ByteRange>& reads) {
  const ReplayLimits limits{16_MiB, 8_MiB, 40, 1_MiB};
  Replay replay(trace, 1_GiB, limits);
  for (const ByteRange& one : reads) {
    if (replay.is_due()) {
      for (const ByteRange& range : replay.next()) require(!range.empty() && range.end.value <= (1_GiB).value);
    }
    require(replay.requested() <= limits.bytes && replay.used() <= replay.requested());
    require(replay.requested() - replay.used() <= limits.unread);
    replay.observe(one);
  }
}

AccessTrace record(const std::vector<ByteRange>& reads) {
  Recording recording(1_GiB);
  std::uint64_t number = 0;
  for (const ByteRange& one : reads) {
    const bool copies = one.size() > 1000_KiB;
    const ByteRange copied = copies ? ByteRange{one.begin - 8_MiB, one.end} : ByteRange{};
    recording.observe({one, number, copied, number / 2});
    ++number;
  }
  return recording.trace();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<ByteRange> reads = reads_of(input);
  read(input);
  const XXH64_hash_t seed = XXH3_64bits(kKey.data(), kKey.size());
  const XXH64_hash_t sum = XXH3_64bits_withSeed(input.data(), input.size(), seed);
  if (const auto trace = read(std::string(input) + fmt::format("sum {:016x}\n", sum))) {
    require(trace->bytes() <= kMostBytes && trace->ranges.size() <= kMostRanges);
    require(read(write_trace(*trace, kKey)) == trace);
    check_replay(*trace, reads);
  }
  const AccessTrace made = record(reads);
  require(made.bytes() <= kMostBytes);
  require(read(write_trace(made, kKey)) == made);
  check_replay(made, reads);
  return 0;
}
