// SPDX-License-Identifier: MIT
#include "image/table_prefetch.h"

#include <utility>

#include "formats/plan.h"
#include "image/read_parts.h"
#include "reactor/compute.h"
#include "reactor/signal.h"

namespace rimfs::image {
namespace {

/// The bytes that one step of the plan needs, as they arrive.
struct Step {
  explicit Step(reactor::EventLoop& loop) : changed(loop) {}

  struct Piece {
    Offset offset;
    std::vector<std::byte> bytes;
  };
  std::vector<Piece> pieces;
  unsigned awaited = 0;
  reactor::Signal changed;
};

/// Copies the bytes of `range` from the blocks' memory. An empty block stands for zeros.
std::vector<std::byte> copy_of(ByteRange range, const std::vector<cache::BlockRef>& blocks, ByteCount block_size) {
  std::vector<std::byte> bytes;
  bytes.reserve(range.size().value);
  Parts parts;
  append_parts(range, blocks, block_size, parts);
  for (const iovec& part : parts) {
    const auto* begin = static_cast<const std::byte*>(part.iov_base);
    bytes.insert(bytes.end(), begin, begin + part.iov_len);
  }
  return bytes;
}

/// A read of a table that holds the offsets of other tables.
class SurveyRead : public fetch::Read {
 public:
  SurveyRead(ByteRange range, ByteCount block_size, std::shared_ptr<Step> step)
      : Read(range, block_size), block_size_(block_size), step_(std::move(step)) {
    ++step_->awaited;
  }

 protected:
  void finished(const std::optional<Error>& error) override {
    if (!error) step_->pieces.push_back({range().begin, copy_of(range(), blocks(), block_size_)});
    --step_->awaited;
    step_->changed.notify_all();
  }

 private:
  const ByteCount block_size_;
  const std::shared_ptr<Step> step_;
};

}  // namespace

TablePrefetch::TablePrefetch(reactor::EventLoop& loop, reactor::Offload& pool, fetch::Fetcher& fetcher,
                             const cache::BlockCache& cache, ByteCount memory, Log& log)
    : loop_(loop), pool_(pool), fetcher_(fetcher), cache_(cache), memory_(memory), log_(log) {}

void TablePrefetch::start(std::shared_ptr<fetch::RemoteFile> file) {
  if (memory_.is_zero()) return;
  loop_.post([this, file = std::move(file)]() mutable { running_.spawn(run(std::move(file))); });
}

reactor::Task<> TablePrefetch::close() { co_await running_.joined(); }

reactor::Task<> TablePrefetch::run(std::shared_ptr<fetch::RemoteFile> file) {
  const ByteCount block_size = cache_.block_size();
  formats::Plan plan(file->size(), formats::limits_of(file->size(), memory_ / 2, cache_.chunk_size(), block_size));
  for (;;) {
    std::function<std::vector<formats::Want>()> look = [&plan] { return plan.next(); };
    const std::vector<formats::Want> wants = co_await reactor::compute(pool_, std::move(look));
    if (wants.empty()) break;
    const auto step = std::make_shared<Step>(loop_);
    std::vector<std::shared_ptr<fetch::Read>> reads;
    for (const formats::Want& want : wants) {
      if (want.look) {
        reads.push_back(std::make_shared<SurveyRead>(want.range, block_size, step));
      } else {
        reads.push_back(std::make_shared<fetch::ReadAhead>(want.range, block_size));
      }
    }
    fetcher_.read_soon(file, reads);
    reads.clear();
    while (step->awaited > 0) {
      auto change = step->changed.wait();
      co_await change;
    }
    for (Step::Piece& piece : step->pieces) plan.learn(piece.offset, std::move(piece.bytes));
  }
  if (!plan.format().empty()) {
    log_.debug("{}: {}; {} bytes of tables wanted ahead of the reader", file->resource().shown_url(), plan.format(),
               plan.wanted().value);
  }
}

}  // namespace rimfs::image
