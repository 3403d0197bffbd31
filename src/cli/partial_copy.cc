// SPDX-License-Identifier: MIT
#include "cli/partial_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <vector>

#include "base/checksum.h"

namespace rimfs::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The state is a small JSON text.
constexpr ByteCount kLargestState = 64_KiB;

}  // namespace

void Complete::add_piece(ByteCount size, std::uint64_t piece_sum) {
  const auto bytes = std::bit_cast<std::array<std::byte, sizeof(piece_sum)>>(piece_sum);
  sum = xxh3_64(bytes, sum);
  to = to + size;
}

void Complete::add_zeros(Offset end) {
  static const std::vector<std::byte> zeros(kCopyPiece.value);
  static const std::uint64_t sum_of_zeros = xxh3_64(zeros);
  while (to < end) {
    const ByteCount size = std::min(kCopyPiece, end - to);
    add_piece(size, size == kCopyPiece ? sum_of_zeros : xxh3_64(std::span(zeros).first(size.value)));
  }
}

PartialCopy::PartialCopy(const std::string& destination, Json identity, ByteCount size)
    : directory_(Directory::at(split_path(destination).directory)),
      name_(split_path(destination).name),
      identity_(std::move(identity)),
      file_(directory_.open_or_make(name_ + ".part")) {
  begin_ = read_state();
  if (begin_.to.value == 0) file_.truncate(ByteCount{0});
  file_.truncate(size);
}

/// How far an earlier run with the same identity got.
Complete PartialCopy::read_state() const {
  Json state = Json::parse(directory_.read_text(state_name(), kLargestState).value_or(""), nullptr, false);
  if (!state.is_object()) return {};
  const Json complete = state.value("complete", Json());
  const Json sum = state.value("sum", Json());
  state.erase("complete");
  state.erase("sum");
  if (!complete.is_number_unsigned() || !sum.is_number_unsigned()) return {};
  const Json id = state.value("id", Json());
  if (!id.is_string() || id.get<std::string>().empty() || id != identity_.value("id", Json())) return {};
  const Complete found{Offset{complete.get<std::uint64_t>()}, sum.get<std::uint64_t>()};
  return found.to.value <= file_.size().value ? found : Complete{};
}

void PartialCopy::save(const Complete& complete, Json identity) {
  file_.sync();
  Json state = std::move(identity);
  state["complete"] = complete.to.value;
  state["sum"] = complete.sum;
  const std::string text = state.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  directory_.write_text(state_name(), text);
}

bool PartialCopy::reads_back(const Complete& complete) {
  file_.sync();
  ::posix_fadvise(file_.descriptor(), 0, 0, POSIX_FADV_DONTNEED);  // reads from the disk, not from memory
  std::vector<std::byte> bytes(kCopyPiece.value);
  Complete found;
  while (found.to < complete.to) {
    const Offset data = file_.next_data(found.to).value_or(complete.to);
    found.add_zeros(std::min(align_down(data, kCopyPiece), complete.to));
    if (data >= complete.to) found.add_zeros(complete.to);
    if (found.to == complete.to) break;
    const ByteCount size = std::min(kCopyPiece, complete.to - found.to);
    const auto piece = std::span(bytes).first(size.value);
    if (!file_.read(piece, found.to)) return false;
    found.add_piece(size, xxh3_64(piece));
  }
  return found.sum == complete.sum;
}

void PartialCopy::finish() {
  file_.sync();
  directory_.rename_to_new(name_ + ".part", name_);
  directory_.sync();
  forget();
}

void PartialCopy::forget() { directory_.remove(state_name()); }

}  // namespace rimfs::cli
