// SPDX-License-Identifier: MIT
#include "cache/disk/index_log.h"

#include <algorithm>

namespace rimfs::cache::disk {
namespace {

/// Shorter logs are never rewritten: 4,096 records are 160 KiB.
constexpr std::size_t kSmallLog = 4096;
constexpr std::size_t kReadAtOnce = kRecordSize * 16384;

Offset place_of(std::size_t record) { return {(record + 1) * kRecordSize}; }

std::vector<std::byte> encoded(std::span<const StoredBlock> records, std::uint64_t key) {
  std::vector<std::byte> bytes;
  bytes.reserve(records.size() * kRecordSize);
  for (const StoredBlock& record : records) {
    const RecordBytes one = encode(record, key);
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  return bytes;
}

}  // namespace

IndexLog::IndexLog(const Directory& directory, File file, const IndexHeader& header, bool may_write)
    : header_(header), directory_(&directory), file_(std::move(file)) {
  read_all(may_write);
}

void IndexLog::read_all(bool may_write) {
  RecordBytes head{};
  const bool same = file_.read(head, Offset{0}) && decode_header(head) == header_;
  if (!same) {
    if (may_write) begin();
    return;
  }
  const std::size_t whole = (file_.size().value - kRecordSize) / kRecordSize;
  // A sparse file can have the size of any number of records.
  const std::size_t really_there = file_.allocated().value / kRecordSize + 1;
  blocks_.reserve(std::min({whole, really_there, most_blocks(header_)}));
  std::vector<std::byte> bytes;
  bool good = true;
  while (good && records_ < whole) {
    bytes.resize(std::min(kReadAtOnce, (whole - records_) * kRecordSize));
    if (!file_.read(bytes, place_of(records_))) break;
    for (std::size_t at = 0; at < bytes.size(); at += kRecordSize) {
      const auto record = decode(std::span(bytes).subspan(at).first<kRecordSize>(), header_.key);
      if (!record || !is_possible(*record, header_)) {
        good = false;
        break;
      }
      ++records_;
      if (record->chunks() == 0) {
        blocks_.erase(record->block);
      } else {
        blocks_.put(*record).used_at(moment_of(record->used));
      }
    }
  }
  if (may_write) file_.truncate(ByteCount{place_of(records_).value});
}

void IndexLog::begin() {
  file_.truncate(ByteCount{0});
  file_.write(encode(header_), Offset{0});
  file_.sync();
  records_ = 0;
}

void IndexLog::append(std::span<const StoredBlock> records) {
  file_.write(encoded(records, header_.key), place_of(records_));
  file_.sync();
  records_ += records.size();
}

void IndexLog::note(std::span<const StoredBlock> records) {
  file_.write(encoded(records, header_.key), place_of(records_));
  records_ += records.size();
}

bool IndexLog::wants_rewriting(std::size_t live) const { return records_ > kSmallLog && records_ > 2 * live; }

void IndexLog::rewrite(const std::vector<StoredBlock>& live) {
  file_ = directory_->replace(kName, std::string(kName) + ".new", [&](File& fresh) {
    fresh.write(encode(header_), Offset{0});
    fresh.write(encoded(live, header_.key), place_of(0));
  });
  records_ = live.size();
}

}  // namespace rimfs::cache::disk
