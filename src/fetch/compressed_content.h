// SPDX-License-Identifier: MIT
// Ranges of the content of a compressed file. A frame is the least that can be decompressed, and is often larger than
// what is read: so a frame is requested once for all that wait for its bytes, and what was decompressed last is kept.
// Readers see ranges as of any file.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "archives/frames.h"
#include "http/client.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::fetch {

/// The content of one version of one compressed file. Reactor only, except size() and what is constant.
class CompressedContent {
 public:
  /// Where the file lies in its resource, and its frames, whose stored ranges count from there.
  struct Place {
    std::shared_ptr<const archives::FrameTable> frames;
    Offset begin{};
  };
  /// The most content that is kept decompressed, and as much again while frames are requested; one frame at least.
  static constexpr ByteCount kMost = 64_MiB;

  /// `loop` and `pool` outlive it. Frames are decompressed on the pool.
  CompressedContent(reactor::EventLoop& loop, reactor::Offload& pool, Place place);
  CompressedContent(const CompressedContent&) = delete;
  CompressedContent& operator=(const CompressedContent&) = delete;

  ByteCount size() const { return place_.frames->size(); }
  /// Where the compressed file begins in its resource.
  Offset begin() const { return place_.begin; }

  /// As Client::get_range() does, for a range of the content: passes its bytes to `sink`, and gives the first failure
  /// back. The outcome's body is what the network brought. `slot` is one of the resource's host; it is released while
  /// another task requests the frame. All references outlive the task.
  reactor::Task<http::Outcome> get_range(http::Client& client, http::Resource& resource, ByteRange range,
                                         http::BodySink& sink, http::Progress& progress, http::Slot& slot);
  /// Some task may have been given up: those that wait look.
  void wake() { changed_.notify_all(); }

  /// The compressed bytes that have arrived so far, for the deadlines of those who wait.
  ByteCount received() const { return received_; }

 private:
  using Bytes = std::vector<std::byte>;
  using Content = std::shared_ptr<const Bytes>;

  /// A frame whose bytes are requested or decompressed now, or some of whose bytes came before a failure.
  struct Arriving {
    Bytes stored;
    bool active = false;
  };

  reactor::Task<http::Outcome> bring(http::Client& client, http::Resource& resource, std::size_t frame,
                                     http::Progress& progress, http::Slot& slot);
  reactor::Task<> decompress(std::size_t frame, http::Outcome& outcome);
  Content kept(std::size_t frame);
  void keep(std::size_t frame, Content content);
  bool may_begin(std::size_t frame) const;
  ByteCount content_size(std::size_t frame) const { return place_.frames->frames[frame].content.size(); }

  // Constant after construction.
  reactor::Offload& pool_;
  const Place place_;

  reactor::Signal changed_;  // a frame has come, or has failed
  std::map<std::size_t, Arriving> arriving_;
  std::deque<std::pair<std::size_t, Content>> kept_;  // the last used at the end
  ByteCount received_;
};

}  // namespace rimfs::fetch
