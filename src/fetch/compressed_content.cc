// SPDX-License-Identifier: MIT
#include "fetch/compressed_content.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "http/exchange.h"
#include "reactor/compute.h"

namespace rimfs::fetch {
namespace {

/// Appends the compressed bytes of a frame as they arrive.
class Append final : public http::BodySink {
 public:
  Append(std::vector<std::byte>& bytes, ByteCount& received) : bytes_(bytes), received_(received) {}
  void write(std::span<const std::byte> bytes) override {
    received_ += ByteCount{bytes.size()};
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void hold(std::span<const std::byte> bytes) override {
    held_ += bytes.size();
    write(bytes);
  }
  void keep_held() override { held_ = 0; }
  void drop_held() override {
    bytes_.resize(bytes_.size() - held_);
    held_ = 0;
  }

 private:
  std::vector<std::byte>& bytes_;
  ByteCount& received_;
  std::size_t held_ = 0;
};

}  // namespace

CompressedContent::CompressedContent(reactor::EventLoop& loop, reactor::Offload& pool, Place place)
    : pool_(pool), place_(std::move(place)), changed_(loop) {}

reactor::Task<http::Outcome> CompressedContent::get_range(http::Client& client, http::Resource& resource,
                                                          ByteRange range, http::BodySink& sink,
                                                          http::Progress& progress, http::Slot& slot) {
  http::Outcome outcome;
  ByteCount body;
  for (Offset at = range.begin; at < range.end;) {
    const auto frame = static_cast<std::size_t>(&place_.frames->at(at) - place_.frames->frames.data());
    const ByteRange whole = place_.frames->frames[frame].content;
    if (const Content content = kept(frame)) {
      const ByteRange part = ByteRange{at, range.end}.intersect(whole);
      sink.write(std::span(*content).subspan((part.begin - whole.begin).value, part.size().value));
      at = part.end;
    } else if (progress.given_up()) {
      outcome.failure = http::kGivenUp;
    } else if (may_begin(frame)) {
      outcome = co_await bring(client, resource, frame, progress, slot);
      body += std::exchange(outcome.body, {});
    } else {
      slot.release();
      auto changed = changed_.wait();
      co_await changed;
    }
    if (outcome.failure) break;
  }
  outcome.body = body;
  co_return outcome;
}

/// True when no other task brings the frame, and there is room for it.
bool CompressedContent::may_begin(std::size_t frame) const {
  ByteCount active;
  for (const auto& [number, arriving] : arriving_) {
    if (arriving.active && number == frame) return false;
    if (arriving.active) active += content_size(number);
  }
  return active.is_zero() || active + content_size(frame) <= kMost;
}

/// Requests the frame and decompresses it. What arrived before a failure stays for the next attempt.
reactor::Task<http::Outcome> CompressedContent::bring(http::Client& client, http::Resource& resource, std::size_t frame,
                                                      http::Progress& progress, http::Slot& slot) {
  Arriving& arriving = arriving_[frame];
  arriving.active = true;
  const ByteRange stored = place_.frames->frames[frame].stored;
  const Offset begin = place_.begin + ByteCount{stored.begin.value};
  arriving.stored.reserve(stored.size().value);
  Append append(arriving.stored, received_);
  http::Outcome outcome;
  ByteCount body;
  while (!outcome.failure && arriving.stored.size() < stored.size().value) {
    const bool has_slot = slot.host() != nullptr;
    if (!has_slot) {
      co_await slot.move_to(resource.host());
    }
    const ByteRange rest = {begin + ByteCount{arriving.stored.size()}, begin + stored.size()};
    outcome = co_await client.get_range(resource, rest, append, progress, false, slot);
    body += outcome.body;
  }
  if (!outcome.failure) {
    co_await decompress(frame, outcome);
  }
  outcome.body = body;
  // Of frames that failed only the last one's bytes are kept: others may never be asked for again.
  std::erase_if(arriving_, [&](const auto& one) {
    return one.first == frame ? !outcome.failure || one.second.stored.empty() : !one.second.active;
  });
  const auto left = arriving_.find(frame);
  if (left != arriving_.end()) left->second.active = false;
  changed_.notify_all();
  co_return outcome;
}

/// A frame that cannot be decompressed is not kept: the next attempt requests it anew.
reactor::Task<> CompressedContent::decompress(std::size_t frame, http::Outcome& outcome) {
  const Bytes stored = std::exchange(arriving_.at(frame).stored, {});
  std::function<Content()> work = [this, frame, &stored] {
    return std::make_shared<const Bytes>(
        archives::decompress(place_.frames->compression, place_.frames->frames[frame], stored));
  };
  try {
    Content content = co_await reactor::compute(pool_, std::move(work));
    keep(frame, std::move(content));
  } catch (const Error& error) {
    outcome.failure = http::Rejection{error.kind(), false, error.message()};
  }
}

CompressedContent::Content CompressedContent::kept(std::size_t frame) {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto& one) { return one.first == frame; });
  if (found == kept_.end()) return nullptr;
  std::rotate(found, found + 1, kept_.end());
  return kept_.back().second;
}

void CompressedContent::keep(std::size_t frame, Content content) {
  kept_.emplace_back(frame, std::move(content));
  ByteCount bytes;
  for (const auto& one : kept_) bytes += content_size(one.first);
  for (; bytes > kMost && kept_.size() > 1; kept_.pop_front()) bytes = bytes - content_size(kept_.front().first);
}

}  // namespace rimfs::fetch
