// SPDX-License-Identifier: MIT
// Any bytes as the index of a stored image: as they are, and as records whose sums are right, so that their content is
// looked at. Checks that no block lies outside the image, that none is data and zeros at once, that the log is cut
// behind its last good record, and that what was read survives being written.
#include "cache/disk/index_log.h"

#include "fuzz.h"
#include "scratch_folder.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;
using namespace rimfs::cache;
using namespace rimfs::cache::disk;

constexpr IndexHeader kHeader{1 << 20, 100ULL << 20, 0x1234};
constexpr std::uint64_t kBlocks = 100;

void check_blocks(const BlockTable& blocks, std::size_t size) {
  require(blocks.size() <= size / kRecordSize + 1);
  for (const KeptBlock& one : blocks) {
    require((one.stored.data & one.stored.zero) == 0 && one.stored.chunks() != 0);
    require(is_possible(one.stored, kHeader) && one.stored.block < kBlocks);
  }
}

IndexLog open_log(const Directory& directory, bool may_write) {
  return IndexLog(directory, directory.open_or_make(IndexLog::kName), kHeader, may_write);
}

void check_log(const ScratchFolder& folder, std::string_view bytes) {
  const Directory directory = Directory::private_at(folder.path());
  const std::string path = folder.put(IndexLog::kName, bytes);
  IndexLog log = open_log(directory, true);
  const BlockTable blocks = log.take_blocks();
  check_blocks(blocks, bytes.size());
  const std::uint64_t left = std::filesystem::file_size(path);
  require(left >= kRecordSize && left % kRecordSize == 0 && left <= std::max(bytes.size(), kRecordSize));
  std::vector<StoredBlock> live;
  for (const KeptBlock& one : blocks) live.push_back(one.stored);
  log.rewrite(live);
  BlockTable again = open_log(directory, false).take_blocks();
  require(again.size() == live.size());
  for (const StoredBlock& one : live) require(again.find(one.block) && again.find(one.block)->stored == one);
}

/// The bytes as records without their sums: a 1 for one whose sum is to be right, then its 32 bytes.
std::string signed_records(Input input) {
  const RecordBytes head = encode(kHeader);
  std::string log(reinterpret_cast<const char*>(head.data()), head.size());
  while (!input.empty()) {
    const bool damaged = input.number<std::uint8_t>() % 8 == 7;
    StoredBlock one;
    one.block = input.number<std::uint8_t>() % 128;
    one.used = input.number<std::uint32_t>();
    one.data = input.number<std::uint64_t>();
    one.zero = input.number<std::uint64_t>();
    one.sum = input.number<std::uint64_t>();
    RecordBytes record = encode(one, kHeader.key);
    if (damaged) record[0] ^= std::byte{1};
    log.append(reinterpret_cast<const char*>(record.data()), record.size());
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchFolder folder;
  check_log(folder, {reinterpret_cast<const char*>(data), size});
  check_log(folder, signed_records(Input(data, size)));
  return 0;
}
