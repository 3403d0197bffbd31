// SPDX-License-Identifier: MIT
// Ranges of the content of a compressed file. A frame is the least that can be decompressed, and is often larger than
// what is read: so a frame is requested once for all that wait for its bytes, and what was decompressed last is kept
// (frame_memory.h). Readers see ranges as of any file.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "archives/frames.h"
#include "fetch/frame_memory.h"
#include "http/client.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"
#include "reactor/task.h"

namespace rimfs::fetch {

/// The content of one version of one compressed file. Reactor only, except what is constant, and the destructor.
class CompressedContent {
 public:
  /// Where the file lies in its resource, and its frames, whose stored ranges count from there.
  struct Place {
    std::shared_ptr<const archives::FrameTable> frames;
    Offset begin{};
    bool operator==(const Place& other) const {
      return begin == other.begin && (frames == other.frames || *frames == *other.frames);
    }
  };
  /// The parts that it uses. Loop and pool outlive its tasks.
  struct Parts {
    reactor::EventLoop& loop;
    reactor::Offload& pool;  ///< Frames are decompressed there.
    std::shared_ptr<FrameMemory> memory;
  };
  /// How long a frame that is damaged fails at once: each reader would fetch all of it again.
  static constexpr std::chrono::seconds kDamageRemembered{30};

  CompressedContent(Parts parts, Place place) : parts_(std::move(parts)), place_(std::move(place)) {}
  ~CompressedContent() { parts_.memory->drop(this); }
  CompressedContent(const CompressedContent&) = delete;
  CompressedContent& operator=(const CompressedContent&) = delete;

  const Place& place() const { return place_; }
  ByteCount size() const { return place_.frames->size(); }

  /// As Client::get_range() does, for a range of the content: passes its bytes to `sink`, and gives the first failure
  /// back. The outcome's body is what the network brought. `slot` is one of the resource's host; it is released while
  /// another task requests the frame. All references outlive the task.
  reactor::Task<http::Outcome> get_range(http::Client& client, http::Resource& resource, ByteRange range,
                                         http::BodySink& sink, http::Progress& progress, http::Slot& slot);
  /// Some task may have been given up: those that wait look.
  void wake() { parts_.memory->wake(); }

  /// The compressed bytes that have arrived so far, for the deadlines of those who wait.
  ByteCount received() const { return received_; }

 private:
  using Bytes = FrameMemory::Bytes;
  using Content = FrameMemory::Content;

  reactor::Task<http::Outcome> bring(http::Client& client, http::Resource& resource, std::size_t frame,
                                     http::Progress& progress, http::Slot& slot);
  reactor::Task<http::Outcome> request(http::Client& client, http::Resource& resource, ByteRange stored, Bytes& bytes,
                                       http::Progress& progress, http::Slot& slot);
  reactor::Task<> decompress(std::size_t frame, Bytes stored, const ImageId& place, http::Outcome& outcome);
  std::optional<http::Rejection> known_damage(std::size_t frame, const ImageId& place);
  FrameMemory::Key key_of(std::size_t frame) const { return {this, frame}; }

  struct Damage {
    std::string reason;
    ImageId place;  ///< The address that sent it: a mirror may have it right.
    reactor::EventLoop::Clock::time_point until;
  };

  // Constant after construction.
  const Parts parts_;
  const Place place_;

  std::map<std::size_t, Damage> damaged_;
  ByteCount received_;
};

}  // namespace rimfs::fetch
