// SPDX-License-Identifier: MIT
#include "fetch/compressed_content.h"

#include <functional>
#include <new>
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

reactor::Task<http::Outcome> CompressedContent::get_range(http::Client& client, http::Resource& resource,
                                                          ByteRange range, http::BodySink& sink,
                                                          http::Progress& progress, http::Slot& slot) {
  http::Outcome outcome;
  ByteCount body;
  for (Offset at = range.begin; at < range.end && !outcome.failure;) {
    const archives::Frame& whole = place_.frames->at(at);
    const auto frame = static_cast<std::size_t>(&whole - place_.frames->frames.data());
    if (const Content content = parts_.memory->find(key_of(frame))) {
      const ByteRange part = ByteRange{at, range.end}.intersect(whole.content);
      sink.write(std::span(*content).subspan((part.begin - whole.content.begin).value, part.size().value));
      at = part.end;
    } else if (progress.given_up()) {
      outcome.failure = http::kGivenUp;
    } else if (auto damage = known_damage(frame, resource.address(parts_.loop.now()).id().place)) {
      outcome.failure = std::move(damage);
    } else if (parts_.memory->may_begin(key_of(frame), whole.content.size() + whole.stored.size())) {
      outcome = co_await bring(client, resource, frame, progress, slot);
      body += outcome.body;
    } else {
      slot.release();
      auto changed = parts_.memory->changed().wait();
      co_await changed;
    }
  }
  outcome.body = body;
  co_return outcome;
}

std::optional<http::Rejection> CompressedContent::known_damage(std::size_t frame, const ImageId& place) {
  const auto found = damaged_.find(frame);
  if (found == damaged_.end() || found->second.place != place) return std::nullopt;
  if (parts_.loop.now() < found->second.until) {
    return http::Rejection{ErrorKind::corrupt, false, found->second.reason};
  }
  damaged_.erase(found);
  return std::nullopt;
}

/// Requests the frame and decompresses it. What arrived before a failure stays for the next attempt.
reactor::Task<http::Outcome> CompressedContent::bring(http::Client& client, http::Resource& resource, std::size_t frame,
                                                      http::Progress& progress, http::Slot& slot) {
  const archives::Frame& whole = place_.frames->frames[frame];
  const FrameMemory::Use use(*parts_.memory, key_of(frame), whole.content.size() + whole.stored.size());
  const ImageId place = resource.address(parts_.loop.now()).id().place;
  Bytes stored = parts_.memory->take_piece(key_of(frame));
  http::Outcome outcome;
  try {
    stored.reserve(whole.stored.size().value);
    outcome = co_await request(client, resource, whole.stored, stored, progress, slot);
  } catch (const std::bad_alloc&) {
    outcome.failure = http::Rejection{ErrorKind::system, false, "there is no memory for a block of a compressed file"};
  }
  if (outcome.failure) {
    parts_.memory->keep_piece(key_of(frame), std::move(stored));
    co_return outcome;
  }
  slot.release();  // the network is not needed meanwhile
  co_await decompress(frame, std::move(stored), place, outcome);
  co_return outcome;
}

/// Requests what is missing of the frame's compressed bytes, until all are there or a request fails.
reactor::Task<http::Outcome> CompressedContent::request(http::Client& client, http::Resource& resource,
                                                        ByteRange stored, Bytes& bytes, http::Progress& progress,
                                                        http::Slot& slot) {
  const Offset begin = place_.begin + ByteCount{stored.begin.value};
  Append append(bytes, received_);
  http::Outcome outcome;
  ByteCount body;
  while (!outcome.failure && bytes.size() < stored.size().value) {
    const bool has_slot = slot.host() != nullptr;
    if (!has_slot) {
      co_await slot.move_to(resource.host());
    }
    const ByteRange rest = {begin + ByteCount{bytes.size()}, begin + stored.size()};
    outcome = co_await client.get_range(resource, rest, append, progress, false, slot);
    body += outcome.body;
  }
  outcome.body = body;
  co_return outcome;
}

reactor::Task<> CompressedContent::decompress(std::size_t frame, Bytes stored, const ImageId& place,
                                              http::Outcome& outcome) {
  std::function<Content()> work = [this, frame, &stored] {
    return std::make_shared<const Bytes>(
        archives::decompress(place_.frames->compression, place_.frames->frames[frame], stored));
  };
  try {
    Content content = co_await reactor::compute(parts_.pool, std::move(work));
    parts_.memory->keep(key_of(frame), std::move(content));
  } catch (const Error& error) {
    outcome.failure = http::Rejection{error.kind(), false, error.message()};
    if (error.kind() == ErrorKind::corrupt) {
      damaged_.insert_or_assign(frame, Damage{error.message(), place, parts_.loop.now() + kDamageRemembered});
    }
  }
}

}  // namespace rimfs::fetch
